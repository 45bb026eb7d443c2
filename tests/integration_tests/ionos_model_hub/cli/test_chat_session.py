"""Sessions of `ionos-model-hub chat` in a terminal."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

from integration_tests.ionos_model_hub.cli.terminal import Terminal

from ionos_model_hub.emulator import Emulator, Reply, render_page

CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"
DIM, RESET = "\x1b[2m", "\x1b[0m"

Start = Callable[..., Terminal]


@pytest.fixture
def start(ionos_emulator: Emulator) -> Iterator[Start]:
    """Return a function that starts `chat` in a terminal."""
    with ExitStack() as stack:

        def start(*arguments: str, key: str = "mine", **environment: str) -> Terminal:
            connection = {"IONOS_API_KEY": key, "IONOS_BASE_URL": ionos_emulator.base_url}
            command = [sys.executable, "-m", "ionos_model_hub.cli", "chat", *arguments]
            return stack.enter_context(Terminal(command, {**connection, **environment}))

        yield start


def contents(emulator: Emulator) -> list[object]:
    """Return the contents of the messages of the latest request."""
    return [message["content"] for message in emulator.requests[-1].json["messages"]]


def test_history_is_kept(start: Start, ionos_emulator: Emulator) -> None:
    terminal = start("--system", "Be brief.")
    terminal.read_until("> ")
    for answer in ("eins", "zwei"):
        terminal.type(f"Say exactly: {answer}\n")
        terminal.read_until(f"\n{answer}\n")
        terminal.read_until("> ")
    assert contents(ionos_emulator) == [
        "Be brief.",
        "Say exactly: eins",
        "eins",
        "Say exactly: zwei",
    ]
    terminal.type(CTRL_D)
    assert terminal.finish()[0] == 0


def test_reasoning_is_dimmed(start: Start, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(reasoning="I think.", text="Hallo"))
    terminal = start()
    terminal.type("Hi\n")
    assert f"{DIM}I think.{RESET}\n\nHallo\n" in terminal.read_until("Hallo\n")


@pytest.mark.parametrize(
    ("options", "environment", "shown"),
    [(["-R"], {}, "Hallo\n"), ([], {"NO_COLOR": "1"}, "I think.\n\nHallo\n")],
    ids=["hidden", "without colours"],
)
def test_reasoning_is_hidden_or_not_dimmed(
    start: Start,
    ionos_emulator: Emulator,
    options: list[str],
    environment: dict[str, str],
    shown: str,
) -> None:
    ionos_emulator.script(Reply(reasoning="I think.", text="Hallo"))
    terminal = start(*options, **environment)
    terminal.read_until("> ")
    terminal.type("Hi\n")
    terminal.read_until("Hi\n")
    output = terminal.read_until("Hallo\n")
    assert output.removeprefix("\x1b[?2004l") == shown


def test_control_characters_do_not_reach_the_terminal(
    start: Start, ionos_emulator: Emulator
) -> None:
    error = {"message": "broken\x1b[31m", "type": "x"}
    ionos_emulator.script(
        Reply(text="a\x1b[31mb\x9bc\td"), Reply(status=400, json={"error": error})
    )
    terminal = start("-R")
    for output in ("a[31mbc\td\n", "broken [31m"):
        terminal.read_until("> ")
        terminal.type("Hi\n")
        terminal.read_until(output)


def test_interrupt_stops_the_answer_but_not_the_session(
    start: Start, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(text="one two three four five six", stall_after=2))
    terminal = start("-R")
    terminal.read_until("> ")
    terminal.type("Count\n")
    terminal.read_until("one")
    terminal.type(CTRL_C)
    terminal.read_until("> ")
    terminal.type("Say exactly: Hallo\n")
    terminal.read_until("\nHallo\n")
    question, partial, _ = contents(ionos_emulator)
    assert question == "Count"
    assert str(partial).startswith("one")
    assert "six" not in str(partial)


def test_interrupt_ends_a_single_answer(start: Start, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(text="one two three four five six", stall_after=2))
    terminal = start("-R", "Count")
    terminal.read_until("one")
    terminal.type(CTRL_C)
    assert terminal.finish()[0] == 130


def test_interrupt_clears_the_line(start: Start, ionos_emulator: Emulator) -> None:
    terminal = start()
    terminal.read_until("> ")
    terminal.type("not sent")
    terminal.read_until("not sent")
    terminal.type(CTRL_C)
    terminal.read_until("> ")
    terminal.type("exit\n")
    assert terminal.finish()[0] == 0
    assert len(ionos_emulator.requests) == 0


def test_failed_request_does_not_end_the_session(start: Start, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(status=400, json={"error": {"message": "broken", "type": "x"}}))
    terminal = start()
    terminal.read_until("> ")
    terminal.type("Hi\n")
    terminal.read_until("broken")
    terminal.read_until("> ")
    terminal.type("Say exactly: Hallo\n")
    terminal.read_until("\nHallo\n")
    assert contents(ionos_emulator) == ["Say exactly: Hallo"]


def test_commands(start: Start, ionos_emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(render_page("Hallo"))
    terminal = start("-m", "mistralai/Mistral-Small-24B-Instruct")
    terminal.read_until("> ")
    for command in ("!help", "!help image", "!image"):
        terminal.type(f"{command}\n")
        terminal.read_until("!multi")
        terminal.read_until("> ")
    terminal.type("!image missing.png\n")
    terminal.read_until("image cannot be read from 'missing.png'")
    terminal.read_until("> ")
    terminal.type(f"!image {tmp_path / 'page.png'}\n")
    terminal.read_until("> ")
    terminal.type("!multi\nfirst line\nsecond line\n!end\n")
    terminal.read_until("> ")
    (content,) = contents(ionos_emulator)
    assert isinstance(content, list)
    assert content[0]["text"] == "first line\nsecond line"
    assert content[1]["image_url"]["url"].startswith("data:image/png")
    terminal.type("quit\n")
    assert terminal.finish()[0] == 0


def test_arrow_key_recalls_the_last_question(start: Start, ionos_emulator: Emulator) -> None:
    pytest.importorskip("readline")
    terminal = start("-R")
    terminal.read_until("> ")
    terminal.type("Say exactly: Hallo\n")
    terminal.read_until("\nHallo\n")
    terminal.read_until("> ")
    terminal.type(f"{UP} Welt\n")
    terminal.read_until("\nHallo Welt\n")
    assert contents(ionos_emulator)[-1] == "Say exactly: Hallo Welt"


def test_json_of_each_answer(start: Start) -> None:
    terminal = start("--json")
    terminal.read_until("> ")
    terminal.type("Say exactly: Hallo\n")
    terminal.read_until('{"model"')
    assert json.loads('{"model"' + terminal.read_until("}}"))["text"] == "Hallo"


def test_terminated_session_ends(start: Start) -> None:
    terminal = start()
    terminal.read_until("> ")
    terminal.terminate()
    code, output = terminal.finish()
    assert code == 128 + 15
    assert "ionos-model-hub chat: terminated by signal 15\n" in output


SIGNAL_IN_ANOTHER_THREAD = """
import pathlib, signal, sys, threading, time
from ionos_model_hub.cli import main

def terminate():
    while not pathlib.Path(sys.argv[1]).exists():
        time.sleep(0.01)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Thread(target=terminate).start()
sys.exit(main(["chat"]))
"""


def test_signal_that_does_not_interrupt_readline_ends_the_session(
    ionos_emulator: Emulator, tmp_path: Path
) -> None:
    start_signal = tmp_path / "start"
    command = [sys.executable, "-c", SIGNAL_IN_ANOTHER_THREAD, str(start_signal)]
    connection = {"IONOS_API_KEY": "mine", "IONOS_BASE_URL": ionos_emulator.base_url}
    with Terminal(command, connection) as terminal:
        terminal.read_until("> ")
        start_signal.touch()
        assert terminal.finish()[0] == 128 + 15


@pytest.mark.parametrize(("answer", "code"), [("\n", 0), ("n\n", 2), (CTRL_D, 2)])
def test_emulator_is_offered_without_a_key(start: Start, answer: str, code: int) -> None:
    terminal = start("Say exactly: Hallo", key="")
    terminal.read_until("Use it? [Y/n] ")
    terminal.type(answer)
    exit_code, output = terminal.finish()
    assert exit_code == code
    assert ("Hallo\n" in output, "No API key was found" in output) == (code == 0, code == 2)
