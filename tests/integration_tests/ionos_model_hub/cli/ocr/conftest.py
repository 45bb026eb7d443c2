"""Documents, outputs and the command `ocr`."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ionos_model_hub.cli import main
from ionos_model_hub.emulator import Emulator, render_document

SETTINGS = ("--to", "text", "--concurrency", 2)


@dataclass(frozen=True)
class Result:
    """The exit code and the output of a command."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Result]


@pytest.fixture
def run(
    ionos_emulator_env: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Return a function that runs the command in this process, against the emulator."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: object, name: str = "ocr") -> Result:
        capsys.readouterr()
        try:
            code = main([name, *map(str, arguments)])
        except SystemExit as error:
            code = int(error.code or 0)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return command


def start(
    emulator: Emulator, folder: Path, *arguments: object, python: Sequence[str] = ()
) -> "subprocess.Popen[str]":
    """Start the command in its own process."""
    program = python or ("-m", "ionos_model_hub.cli")
    return subprocess.Popen(
        [sys.executable, *program, "ocr", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "IONOS_API_KEY": "k", "IONOS_BASE_URL": emulator.base_url},
    )


def numbered(count: int, name: str = "Seite") -> list[str]:
    return [f"# {name} {number}\n\nGröße {number} m²" for number in range(1, count + 1)]


def write_scan(path: Path, texts: Sequence[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(render_document(texts, "TIFF"))
    return path


def read_pages(path: Path) -> list[dict[str, Any]]:
    """Return the complete lines of a JSONL file."""
    if not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def texts_in(path: Path) -> list[str]:
    return [page["text"] for page in read_pages(path)]


TEXTS = numbered(8)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return write_scan(tmp_path / "a.tif", TEXTS)


@pytest.fixture
def first_hub() -> Iterator[Emulator]:
    """The hub of runs that are killed: their last requests may arrive late."""
    with Emulator() as hub:
        yield hub


def assert_complete(folder: Path) -> None:
    assert texts_in(folder / "text/a.tif.jsonl") == TEXTS
    markdown = (folder / "text/a.tif.md").read_text()
    assert [markdown.count(text) for text in TEXTS] == [1] * len(TEXTS)
    assert '"missing": []' in markdown
    assert {path.name for path in (folder / "text").iterdir()} == {"a.tif.md", "a.tif.jsonl"}
