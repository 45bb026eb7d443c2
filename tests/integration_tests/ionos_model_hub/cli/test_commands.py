"""The command line as a user runs it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ionos_model_hub import catalogue
from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from ionos_model_hub.cli import main
from ionos_model_hub.cli.commands import COMMANDS
from ionos_model_hub.cli.models import _print_table
from ionos_model_hub.emulator import Emulator, Reply


def run_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `ionos-model-hub` in its own process."""
    return subprocess.run(
        [sys.executable, "-m", "ionos_model_hub.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "COLUMNS": "100", **environment},
    )


def test_demo_without_a_token_uses_the_emulator() -> None:
    result = run_command("demo")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "No token is set" in result.stdout
    assert "berth_price" in result.stdout
    assert "57.00 EUR" in result.stdout
    assert "Booking(" in result.stdout
    assert "Storm warnings" in result.stdout
    assert "Everything worked." in result.stdout
    assert result.stderr == ""


def test_demo_with_a_token_uses_the_hub(ionos_emulator: Emulator) -> None:
    result = run_command("demo", IONOS_API_KEY="mine", IONOS_BASE_URL=ionos_emulator.base_url)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Connected to {ionos_emulator.base_url}" in result.stdout
    assert len(ionos_emulator.requests) > 5


def test_demo_fails_if_a_part_fails(ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(status=400, json={"error": {"message": "broken", "type": "x"}}))
    result = run_command("demo", IONOS_API_KEY="mine", IONOS_BASE_URL=ionos_emulator.base_url)
    assert result.returncode == 1
    assert "Failed: stream." in result.stdout


@pytest.fixture
def models_environment(ionos_emulator: Emulator) -> dict[str, str]:
    return {"IONOS_API_KEY": "mine", "IONOS_BASE_URL": ionos_emulator.base_url}


def test_models_in_a_pipe_are_tab_separated_lines(models_environment: dict[str, str]) -> None:
    result = run_command("models", COLUMNS="20", **models_environment)
    assert result.returncode == 0
    assert "BAAI/bge-m3\tembedding\t8192\t1024\n" in result.stdout
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert all(len(line) == 4 for line in lines)
    assert {line[0] for line in lines} <= {model.id for model in catalogue.MODELS}


def test_models_as_json(models_environment: dict[str, str]) -> None:
    result = run_command("models", "--json", **models_environment)
    models = {model["id"]: model for model in json.loads(result.stdout)}
    assert models["BAAI/bge-m3"]["dimensions"] == 1024
    assert models[DEFAULT_CHAT_MODEL]["kind"] == "chat"
    assert models[DEFAULT_CHAT_MODEL]["tools"] is True


def test_models_without_catalogue_entry_have_null_fields(
    models_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in models_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(catalogue, "find_model", lambda _: None)
    assert main(["models", "--json"]) == 0
    model = json.loads(capsys.readouterr().out)[0]
    assert set(model.values()) == {model["id"], None}
    assert main(["models"]) == 0
    assert f"{model['id']}\t\t\t\n" in capsys.readouterr().out


@pytest.fixture
def models_on_terminal(
    models_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[int], str]:
    """Return a function that returns the output on a terminal with a number of columns."""

    def run(columns: int) -> str:
        for name, value in {"COLUMNS": str(columns), **models_environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        assert main(["models"]) == 0
        return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)

    return run


def test_models_on_a_terminal_are_a_table(models_on_terminal: Callable[[int], str]) -> None:
    output = models_on_terminal(140)
    assert re.search(r"BAAI/bge-m3 +embedding  8,192 +1,024", output)
    assert re.search(rf"{DEFAULT_CHAT_MODEL} +chat +131,072 +tools, JSON schema, reasoning", output)
    (note,) = re.findall("^.*pgvector indexes vectors of at most 2,000.*$", output, re.MULTILINE)
    assert note.startswith("Qwen/Qwen3-VL-Embedding-8B: ")
    assert "this model returns 4,096" in note


def test_models_fit_into_80_columns(models_on_terminal: Callable[[int], str]) -> None:
    *table, _ = models_on_terminal(80).splitlines()
    assert max(map(len, table)) <= 80
    assert any(line.startswith("mistralai/Mistral-Small-24B-Instruct ") for line in table)
    assert any(line.strip() == "reasoning" for line in table)


def test_models_on_a_narrow_terminal_are_lines(models_on_terminal: Callable[[int], str]) -> None:
    assert "BAAI/bge-m3\tembedding\t8192\t1024\n" in models_on_terminal(60)


def test_title_of_the_table_is_not_markup(capsys: pytest.CaptureFixture[str]) -> None:
    _print_table({}, "http://[fd00::1]:8400/v1", 100)
    assert "Models at http://[fd00::1]:8400/v1" in capsys.readouterr().out


@pytest.mark.parametrize("is_terminal", [True, False])
def test_models_work_without_rich(
    is_terminal: bool,
    models_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in models_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    monkeypatch.setattr("ionos_model_hub.cli.models.find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "rich", None)
    assert main(["models"]) == 0
    assert "BAAI/bge-m3\t" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "No API key was found. Set IONOS_API_KEY. "),
        (
            {"IONOS_API_KEY": "0b1f7a36-6d3b-4c0e-8f0e-3f0a6b2f9c11"},
            "IONOS_API_KEY is the id of a token",
        ),
        (
            {"IONOS_API_KEY": "k", "IONOS_BASE_URL": "https://example.com"},
            "IONOS_BASE_URL must end in /v1",
        ),
    ],
    ids=["no key", "token id", "no /v1"],
)
def test_errors_of_settings_are_one_line_and_name_the_variable(
    environment: dict[str, str], expected: str
) -> None:
    result = run_command("models", **environment)
    assert result.returncode == 2
    assert result.stderr.startswith(f"ionos-model-hub models: {expected}")
    assert result.stderr.count("\n") == 1


def test_version_and_unknown_command() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", run_command("--version").stdout)
    assert "emulator" in run_command("--help").stdout
    assert run_command("nonsense").returncode == 2


def test_no_arguments_print_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    output, error = capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["--help"])
    assert (output, error) == ("", capsys.readouterr().out)


@pytest.mark.parametrize("name", ["", *(command.name for command in COMMANDS)])
def test_help_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main([*([name] if name else []), "--help"])
    assert exit_info.value.code == 0
    output = capsys.readouterr().out
    assert re.search(rf"^examples?:\s+ionos-model-hub {name}", output, re.MULTILINE)


PAGE = Path(__file__).parents[4] / "docs" / "command_line.md"


def test_page_lists_all_commands() -> None:
    names = re.findall(r"^\| \[?`(\w+)`", PAGE.read_text("utf-8"), re.MULTILINE)
    assert names == [command.name for command in COMMANDS]


def test_page_lists_the_options_of_chat(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["chat", "--help"])
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert options <= set(re.findall(r"`(--[a-z-]+)`", PAGE.read_text("utf-8")))


@pytest.mark.parametrize(
    ("name", "missing", "expected"),
    [
        ("demo", "langchain", "needs langchain"),
        ("emulator", "starlette", "ionos-model-hub[emulator]"),
    ],
)
def test_missing_extra_is_named(
    name: str,
    missing: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for module in [each for each in sys.modules if each.startswith(("ionos_model_hub.", missing))]:
        if module.startswith((missing, f"ionos_model_hub.cli.{name}", "ionos_model_hub.emulator")):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    assert main([name]) == 1
    assert expected in capsys.readouterr().err
