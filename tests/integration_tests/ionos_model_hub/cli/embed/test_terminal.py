"""A progress bar on a terminal, plain text in a pipe."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run, environment

from ionos_model_hub.cli import main
from ionos_model_hub.emulator import Emulator

from .conftest import MODEL, texts, write_jsonl

PAGE = Path(__file__).parents[5] / "docs" / "embed.md"


def run_on_terminal(path: Path, emulator: Emulator, **variables: str) -> str:
    """Return the output of the command on a terminal."""
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
            while data := os.read(ours, 65_536):
                written += data
        except OSError:  # the end of the output on Linux
            pass
    os.close(ours)
    return written.decode()


def test_terminal_shows_a_bar(tmp_path: Path, ionos_emulator: Emulator) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(100))
    output = run_on_terminal(path, ionos_emulator)
    assert "\x1b[" in output
    assert "100%" in output
    assert "/s, 0:00:00 left, 100 embedded, 0 unchanged, 0 rejected" in output
    assert output.endswith("The vectors are in out.parquet.\r\n")


def test_dumb_terminal_shows_lines(tmp_path: Path, ionos_emulator: Emulator) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(100))
    assert "\x1b[" not in run_on_terminal(path, ionos_emulator, TERM="dumb")


def test_pipe_gets_plain_text(run: Run, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(100))
    result = run(path, "--to", "out.parquet")
    assert result.stdout == (
        "100 embedded, 0 unchanged, 0 rejected.\nThe vectors are in out.parquet.\n"
    )
    assert result.stderr == ""


def test_example_of_the_documentation(tmp_path: Path, ionos_emulator: Emulator) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    variables = environment(ionos_emulator)
    variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables['PATH']}"
    result = subprocess.run(
        ["/bin/sh", "-eu", "-c", block],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=tmp_path,
        env=variables,
    )
    assert result.returncode == 0, result.stderr
    assert "1 embedded, 0 unchanged, 0 rejected." in result.stdout
    assert "0 embedded, 1 unchanged, 0 rejected." in result.stdout


def test_help_has_exit_codes_and_examples(run: Run) -> None:
    result = run("--help")
    assert result.returncode == 0
    assert "130 if interrupted" in result.stdout
    assert "--to vectors.parquet" in result.stdout


@pytest.mark.parametrize("missing", ["pyarrow", "psycopg", "rich"])
def test_missing_extra_is_named(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert main(["embed", "a.jsonl", "--to", "out.parquet"]) == 1
    error = capsys.readouterr().err
    assert f'embed needs {missing}: pip install "ionos-model-hub[embed]"' in error
