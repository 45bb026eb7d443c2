"""Calls that are refused before anything is sent or written."""

from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run

from ionos_model_hub.emulator import Emulator, render_page


@pytest.fixture(autouse=True)
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(render_page("Hello"))
    return path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.pdf", "--to", "text"), "No such file or folder: missing.pdf"),
        (("", "--to", "text"), "FILE: must not be empty"),
        (("a.png", "--to", ""), "--to: must not be empty"),
        (("-", "--to", "text"), "cannot be read from standard input"),
        (("a.png", "--to", "a.png"), "--to must be a folder, a.png is a file"),
        (("empty", "--to", "text"), "No documents to read in empty"),
        (("a.png", "--to", "text", "--rejects", "text/r.jsonl"), "is in the output text"),
        (("a.png", "--to", "text", "--rejects", "no/r.jsonl"), "The folder no for the list"),
        (("a.png", "--to", "text", "--rejects", "notes.md"), "was not written by this command"),
        (("a.png", "--to", "."), "cannot be an input, because it is in the output ."),
        (("a.png", "--to", "text", "--concurrency", "0"), "must be an integer of at least 1"),
    ],
)
def test_wrong_usage(
    arguments: tuple[str, ...], message: str, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.md").write_text("# Notes")
    result = run(*arguments)
    assert (result.returncode, message in result.stderr) == (2, True), result.stderr
    assert not ionos_emulator.requests
    assert not (tmp_path / "text").exists()


@pytest.mark.parametrize("suffix", [".md", ".jsonl"])
@pytest.mark.parametrize("content", ["", "# Notes\n", '{"text": "Hello"}\n', "[1]\n"])
def test_files_of_others_are_not_overwritten(
    suffix: str, content: str, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = tmp_path / "text" / f"a.png{suffix}"
    path.parent.mkdir()
    path.write_text(content)
    result = run("a.png", "--to", "text")
    assert result.returncode == 2
    assert f"text/a.png{suffix} was not written by this command" in result.stderr
    assert path.read_text() == content
    assert not ionos_emulator.requests
