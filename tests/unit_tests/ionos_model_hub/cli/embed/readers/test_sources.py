"""Files, globs and folders, and what is passed over."""

from pathlib import Path

import pytest

from ionos_model_hub.cli.embed.readers.sources import find_sources
from ionos_model_hub.cli.embed.records import UsageError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.jsonl", "a.CSV", "in/c.md", "in/.hidden.txt", "notes.docx", "out.parquet"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("12345")
    return tmp_path


def test_a_folder_is_read_sorted_and_without_the_output(folder: Path) -> None:
    found = find_sources([str(folder)], without=[folder / "out.parquet"])
    assert [source.path.relative_to(folder).as_posix() for source in found] == [
        "a.CSV",
        "b.jsonl",
        "in/c.md",
    ]
    assert [source.format for source in found] == ["csv", "jsonl", "text"]
    assert [(source.start, source.size) for source in found] == [(0, 5), (5, 5), (10, 5)]


def test_globs_and_files_are_taken_once(folder: Path) -> None:
    found = find_sources(["b.jsonl", "**/*.md", "./b.jsonl", "*.jsonl"])
    assert [source.name for source in found] == ["b.jsonl", "in/c.md"]
    assert find_sources(["notes.docx"], "text")[0].format == "text"


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("missing.csv", "No such file or folder: missing.csv"),
        ("*.nothing", r"No such file or folder: \*.nothing"),
        ("notes.docx", "format of notes.docx cannot be told by its name; pass --format"),
        ("out.parquet", "out.parquet is an output"),
    ],
)
def test_what_cannot_be_read_is_told(folder: Path, named: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        find_sources([named], without=[folder / "out.parquet"])


def test_a_folder_with_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No files to embed"):
        find_sources([str(tmp_path)])


def test_a_name_that_is_no_unicode_is_told_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9.txt"
    path.write_text("a")
    assert find_sources([str(path)])[0].name == f"{tmp_path.as_posix()}/caf?.txt"
