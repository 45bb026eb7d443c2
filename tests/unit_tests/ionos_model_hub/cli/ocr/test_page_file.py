"""The JSONL file of a document survives interruptions at any byte."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionos_model_hub.cli.ocr.ownership import check_is_ours
from ionos_model_hub.cli.ocr.page_file import PageFile
from ionos_model_hub.ocr.pages import Page

TEXTS = st.text(min_size=1, max_size=40)


def page(number: int, text: str) -> Page:
    return Page("scans/a.pdf", number, 9, text, "model")


def opened(path: Path, digest: str = "digest") -> PageFile:
    return PageFile(path, "a.pdf", digest)


def contents(path: Path) -> list[tuple[int, str]]:
    return [(row["page"], row["text"]) for row in map(json.loads, path.read_bytes().splitlines())]


@settings(max_examples=30)
@given(texts=st.lists(TEXTS, min_size=2, max_size=5), cut=st.integers(0), data=st.data())
def test_file_that_ends_early_keeps_its_complete_lines(
    texts: list[str], cut: int, data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        file = opened(path)
        order = data.draw(st.permutations(range(len(texts))))
        for index in order:
            file.add(page(index, texts[index]))
        file.close()
        complete = path.read_bytes()
        first_line = complete.index(b"\n") + 1  # the file never exists without it
        length = first_line + cut % (len(complete) - first_line + 1)
        path.write_bytes(complete[:length])
        stored = complete[:length].count(b"\n")

        again = opened(path)
        assert again.pages == set(order[:stored])
        for index in order[stored:]:
            again.add(page(index, texts[index]))
        again.finish()
        expected = [text.encode(errors="replace").decode() for text in texts]
        assert contents(path) == list(enumerate(expected))
        assert [again.text(index) for index in range(len(texts))] == expected
        check_is_ours(path)


def test_pages_with_another_digest_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    file = opened(path, "old")
    for number in (1, 2, 3):
        file.add(page(number, "old"))
    file.close()
    changed = opened(path, "new")
    assert changed.pages == set()
    changed.add(page(2, "new"))
    changed.close()
    assert contents(path) == [(2, "new")]


@pytest.mark.parametrize("has_file", [True, False])
def test_document_without_text_has_no_file(has_file: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    if has_file:
        file = opened(path, "old")
        file.add(page(1, "old"))
        file.close()
    opened(path).finish()
    assert not path.exists()


def test_nothing_is_written_without_a_change(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    file = opened(path)
    file.add(page(1, "text"))
    file.finish()
    before = path.stat().st_ino
    opened(path).finish()
    assert path.stat().st_ino == before
