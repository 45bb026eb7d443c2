"""Documents are found by paths and in folders."""

from pathlib import Path
from typing import Any

import pytest

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.ocr.sources import Source, as_paths, find_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.PDF", "a/c.tiff", "a/d.jpeg", ".hidden/e.png", "notes.txt", "f.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def test_supported_files_of_a_folder_are_sorted(folder: Path) -> None:
    names = [Path(source.name).relative_to(folder).as_posix() for source in find_sources([folder])]
    assert names == ["a/c.tiff", "a/d.jpeg", "b.PDF", "f.png"]


def test_folders_without_supported_files_are_reported(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.warns(UserWarning, match=r"empty' contains no file .* \.pdf, \.tif"):
        assert list(find_sources([folder / "empty"])) == []


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("https://example.org/a.pdf", "is a URL, and only files"),
        ("", "must not be empty"),
        (None, "must be a path, got NoneType"),
        (b"%PDF-1.7", "must be a path, got bytes"),
    ],
)
def test_documents_that_are_not_paths_are_rejected(document: Any, reason: str) -> None:
    with pytest.raises(InvalidRequestError, match=reason):
        next(find_sources(as_paths(["a.pdf", document])))  # before the first document is read


def test_paths_and_sources_are_kept_in_order(folder: Path) -> None:
    source = Source("memory", b"data")
    names = [each.name for each in find_sources([source, "missing.pdf", folder / "notes.txt"])]
    assert names == ["memory", "missing.pdf", str(folder / "notes.txt")]


def test_paths_that_cannot_be_opened_are_left_to_the_reader() -> None:
    names = ["x" * 5000, "a\0b.pdf"]
    assert [source.name for source in find_sources(names)] == names


def test_one_or_several_paths() -> None:
    assert as_paths("a.pdf") == ["a.pdf"]
    assert as_paths(Path("a.pdf")) == [Path("a.pdf")]
    assert as_paths(["a.pdf", Path("b.pdf")]) == ["a.pdf", Path("b.pdf")]


def test_content_is_left_out_of_repr() -> None:
    assert repr(Source("memory", b"secret")) == "Source(name='memory')"
