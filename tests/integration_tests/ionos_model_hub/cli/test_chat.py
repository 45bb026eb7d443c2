"""`ionos-model-hub chat` with one question."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from ionos_model_hub.cli import main
from ionos_model_hub.cli.chat.options import DEFAULT_VISION_MODEL
from ionos_model_hub.emulator import Emulator, Reply, render_page

Chat = Callable[..., tuple[int, str, str]]


@pytest.fixture
def chat(
    ionos_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Chat:
    """Run `chat` with text on standard input; return its exit code, output and errors."""
    monkeypatch.setenv("IONOS_API_KEY", "mine")
    monkeypatch.setenv("IONOS_BASE_URL", ionos_emulator.base_url)

    def run(*arguments: str, stdin: str | bytes = "") -> tuple[int, str, str]:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = main(["chat", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def body(emulator: Emulator) -> Any:
    (request,) = emulator.requests
    return request.json


def test_answer_is_printed(chat: Chat, ionos_emulator: Emulator) -> None:
    assert chat("Say exactly: Hallo") == (0, "Hallo\n", "")
    assert body(ionos_emulator)["model"] == DEFAULT_CHAT_MODEL
    assert body(ionos_emulator)["messages"] == [{"role": "user", "content": "Say exactly: Hallo"}]
    assert body(ionos_emulator)["stream"] is True


def test_words_need_no_quotes(chat: Chat) -> None:
    assert chat("Say", "exactly:", "Hallo") == (0, "Hallo\n", "")


def test_standard_input_is_the_prompt(chat: Chat) -> None:
    assert chat(stdin="Say exactly: Hallo\n") == (0, "Hallo\n", "")


def test_standard_input_precedes_the_prompt(chat: Chat, ionos_emulator: Emulator) -> None:
    chat("Summarize", stdin="a text\n")
    assert body(ionos_emulator)["messages"][0]["content"] == "a text\n\nSummarize"


def test_model_system_prompt_and_options_are_sent(chat: Chat, ionos_emulator: Emulator) -> None:
    options = ["-o", "temperature", "0.5", "-o", "reasoning_effort", "low", "-o", "stop", '["x"]']
    chat("-m", "Qwen/Qwen3.5-9B", "-s", "Be brief.", *options, "Hallo")
    sent = body(ionos_emulator)
    assert (sent["model"], sent["temperature"]) == ("Qwen/Qwen3.5-9B", 0.5)
    assert (sent["reasoning_effort"], sent["stop"]) == ("low", ["x"])
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}


def test_json_is_one_line(chat: Chat) -> None:
    code, output, errors = chat("--json", "Say exactly: Grüße")
    record = json.loads(output)
    assert (code, errors, output.count("\n"), record["text"]) == (0, "", 1, "Grüße")
    assert record["model"] == DEFAULT_CHAT_MODEL
    assert record["finish_reason"] == "stop"
    assert record["usage"]["completion_tokens"] > 0
    assert record["reasoning"]
    assert "Grüße" in output


@pytest.mark.parametrize("options", [[], ["--no-stream"], ["--hide-reasoning"]])
def test_reasoning_is_not_part_of_piped_output(chat: Chat, options: list[str]) -> None:
    assert chat(*options, "Say exactly: Hallo") == (0, "Hallo\n", "")


def test_piped_output_is_unchanged(chat: Chat, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(text="a\x1b[31mb\r\n"))
    assert chat("Hallo") == (0, "a\x1b[31mb\r\n", "")


def test_truncated_answer_is_reported(chat: Chat, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(text="Hal", finish_reason="length"))
    code, output, errors = chat("Hallo")
    assert (code, output) == (0, "Hal\n")
    assert errors == "The answer was cut off: it reached the token limit.\n"


class TestImages:
    """Images are paths, URLs or standard input."""

    @pytest.fixture
    def page(self, tmp_path: Path) -> Path:
        path = tmp_path / "page.png"
        path.write_bytes(render_page("Hallo"))
        return path

    def test_path_and_url(self, chat: Chat, ionos_emulator: Emulator, page: Path) -> None:
        url = "https://example.org/cat.png"
        chat("-a", str(page), "--image", url, "What is this?")
        assert body(ionos_emulator)["model"] == DEFAULT_VISION_MODEL
        (message,) = body(ionos_emulator)["messages"]
        text, *images = message["content"]
        assert text == {"type": "text", "text": "What is this?"}
        first, second = (image["image_url"]["url"] for image in images)
        assert first.startswith("data:image/png;base64,")
        assert second == url

    def test_standard_input(self, chat: Chat, ionos_emulator: Emulator, page: Path) -> None:
        chat("-a", "-", "-m", "lightonai/LightOnOCR-2-1B", "Read this", stdin=page.read_bytes())
        (message,) = body(ionos_emulator)["messages"]
        assert message["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")
        assert body(ionos_emulator)["model"] == "lightonai/LightOnOCR-2-1B"

    def test_missing_file(self, chat: Chat, ionos_emulator: Emulator) -> None:
        code, output, errors = chat("-a", "missing.png", "What is this?")
        assert (code, output) == (2, "")
        assert "missing.png" in errors
        assert len(ionos_emulator.requests) == 0

    def test_piped_without_the_option(self, chat: Chat, page: Path) -> None:
        code, _, errors = chat("What is this?", stdin=page.read_bytes())
        assert code == 2
        assert "Pass `-a -`" in errors


class TestExitCodes:
    """1 for a failed request, 2 for wrong usage or settings; errors are one line."""

    def test_failed_request(self, chat: Chat) -> None:
        code, output, errors = chat("-m", "unknown/model", "Hallo")
        assert (code, output) == (1, "")
        assert "unknown/model" in errors
        assert errors.count("\n") == 1

    def test_connection_lost_in_the_answer(self, chat: Chat, ionos_emulator: Emulator) -> None:
        ionos_emulator.script(Reply(text="one two three four", disconnect_after=2))
        code, output, errors = chat("Hallo")
        assert code == 1
        assert "one two three four".startswith(output.strip())
        assert errors.startswith("ionos-model-hub chat: ")

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            ([], "Pass a prompt"),
            (["-o", "temperatur", "1", "Hallo"], "Did you mean 'temperature'"),
            (["-o", "messages", "[]", "-o", "n", "2", "Hallo"], "not support messages, n."),
        ],
        ids=["no prompt", "unknown option", "unsupported options"],
    )
    def test_wrong_usage(self, chat: Chat, arguments: list[str], reason: str) -> None:
        code, output, errors = chat(*arguments)
        assert (code, output) == (2, "")
        assert reason in errors
        assert errors.count("\n") == 1

    def test_no_key(self, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("IONOS_API_KEY")
        code, _, errors = chat("Hallo")
        assert code == 2
        assert "Set IONOS_API_KEY, or pass --emulator" in errors

    def test_invalid_key(self, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("IONOS_API_KEY", "0b1f7a36-6d3b-4c0e-8f0e-3f0a6b2f9c11")
        code, _, errors = chat("Hallo")
        assert code == 2
        assert "the id of a token" in errors


def test_emulator_answers_without_a_key(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IONOS_API_KEY")
    monkeypatch.delenv("IONOS_BASE_URL")
    assert chat("--emulator", "Say exactly: Hallo") == (0, "Hallo\n", "")
