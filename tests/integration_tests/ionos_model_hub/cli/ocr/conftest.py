"""Documents, outputs and the command `ocr`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from integration_tests.ionos_model_hub.cli.commands import Result, Run, run_in_process

from ionos_model_hub.emulator import Emulator, render_document

SETTINGS = ("--to", "text", "--concurrency", 2)


@pytest.fixture
def run(
    ionos_emulator_env: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Return a function that runs a command in this process, against the emulator."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: object, name: str = "ocr") -> Result:
        return run_in_process(capsys, name, *arguments)

    return command


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


def assert_complete(folder: Path) -> None:
    assert texts_in(folder / "text/a.tif.jsonl") == TEXTS
    markdown = (folder / "text/a.tif.md").read_text()
    assert [markdown.count(text) for text in TEXTS] == [1] * len(TEXTS)
    assert '"missing": []' in markdown
    assert {path.name for path in (folder / "text").iterdir()} == {"a.tif.md", "a.tif.jsonl"}
