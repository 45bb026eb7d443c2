"""What a user sees: a bar on a terminal, plain text in a pipe."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ionos_model_hub.cli import main
from ionos_model_hub.emulator import Emulator

from .conftest import MODEL, Run, environment, texts, write_jsonl

README = Path(__file__).parents[5] / "README.md"


def on_a_terminal(path: Path, emulator: Emulator, **variables: str) -> str:
    """Return what the command writes to a terminal."""
    ours, theirs = pty.openpty()
    arguments = [path, "--to", "out.parquet", "--model", MODEL, "--batch-size", "10"]
    with subprocess.Popen(
        [sys.executable, "-m", "ionos_model_hub.cli", "embed", *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=path.parent,
        env=environment(emulator) | {"TERM": "xterm", "COLUMNS": "120"} | variables,
    ):
        os.close(theirs)
        written = b""
        try:
            while piece := os.read(ours, 65_536):
                written += piece
        except OSError:  # Linux says so at the end
            pass
    os.close(ours)
    return written.decode()


def test_a_terminal_shows_a_bar(tmp_path: Path, ionos_emulator: Emulator) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(100))
    shown = on_a_terminal(path, ionos_emulator)
    assert "\x1b[" in shown
    assert "100%" in shown
    assert "/s, 0:00:00 left, 100 embedded, 0 unchanged, 0 rejected" in shown
    assert shown.endswith("The vectors are in out.parquet.\r\n")


def test_a_terminal_that_can_do_little_gets_lines(tmp_path: Path, ionos_emulator: Emulator) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(100))
    shown = on_a_terminal(path, ionos_emulator, TERM="dumb")
    assert "\x1b[" not in shown


def test_a_pipe_gets_plain_text(run: Run, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(100))
    shown = run(path, "--to", "out.parquet")
    assert shown.stdout == (
        "100 embedded, 0 unchanged, 0 rejected.\nThe vectors are in out.parquet.\n"
    )
    assert shown.stderr == ""


def test_the_example_of_the_readme_runs(tmp_path: Path, ionos_emulator: Emulator) -> None:
    section = README.read_text("utf-8").partition("\n## Embed files\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    commands = environment(ionos_emulator)
    commands["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{commands['PATH']}"
    ran = subprocess.run(
        ["/bin/sh", "-eu", "-c", block],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=tmp_path,
        env=commands,
    )
    assert ran.returncode == 0, ran.stderr
    assert "2 embedded, 0 unchanged, 0 rejected." in ran.stdout
    assert "1 embedded, 2 unchanged, 0 rejected." in ran.stdout


def test_help_tells_codes_and_examples(run: Run) -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert "130 interrupted" in shown.stdout
    assert "--to vectors.parquet" in shown.stdout


@pytest.mark.parametrize("missing", ["pyarrow", "psycopg", "rich"])
def test_a_missing_extra_is_named(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert main(["embed", "a.jsonl", "--to", "out.parquet"]) == 1
    told = capsys.readouterr().err
    assert f"embed needs {missing}: pip install 'ionos-model-hub[embed]'" in told
