"""JSONL and text files: broken lines, kept fields, encodings."""

import json
from pathlib import Path

import pytest

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.embed.readers import lines
from ionos_model_hub.cli.embed.readers.fields import Fields
from ionos_model_hub.cli.embed.readers.reader import Reader

from .conftest import Read, reject, row, rows


def test_each_line_of_a_text_file(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "lines.txt"
    path.write_bytes("\ufeffone\r\n\n  \nFähre".encode())
    name = path.as_posix()
    assert rows(read(path, Reader(by_line=True))) == [(f"{name}:1", "one"), (f"{name}:4", "Fähre")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken", "not valid JSON: "),
        (b'["text"]', "the line must be a JSON object, got an array"),
        (b'{"body": "a", "tags": 1}', "no field text or content or page_content, found body"),
        (b"{}", "found none"),
        (b'{"text": 5}', "the field text must be a string, got a number"),
        (b'{"text": null}', "the field text must be a string, got null"),
        (b'{"text": " "}', "the text is empty"),
        (b'{"id": NaN, "text": "a"}', "the field id must be a string or a number, got nan"),
        (b'{"id": true, "text": "a"}', "got a Boolean"),
        (b'{"id": null, "text": "a"}', "got null"),
        (b'{"id": "", "text": "a"}', "the field id is empty"),
        (b'{"text": "caf\xe9"}', "byte 14 is not valid utf-8; set --encoding"),
        (b'{"text": "\\ud800"}', "not valid JSON: "),
    ],
)
def test_broken_line_does_not_affect_others(
    tmp_path: Path, read: Read, line: bytes, reason: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"id": 7, "text": "one"}\n' + line + b'\n\n{"content": "two"}\n')
    found = read(path)
    first, broken, last = row(found), reject(found, 1), row(found, 2)
    assert (first.id, first.text, first.line) == ("7", "one", 1)
    assert (broken.file, broken.line) == (path.as_posix(), 2)
    assert reason in broken.reason
    assert (last.id, last.text) == (f"{path.as_posix()}:4", "two")


@pytest.mark.parametrize(
    ("written", "id_"),
    [("7", "7"), ("7.0", "7"), ("-0.0", "0"), ("1.5", "1.5"), ("1e300", "1e+300")],
)
def test_numeric_ids(tmp_path: Path, read: Read, written: str, id_: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"id": {written}, "text": "a"}}')
    assert rows(read(path)) == [(id_, "a")]


def test_long_line_is_not_kept_in_memory(
    tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MAX_TEXT_BYTES", 30)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"x" * 100 + b'\n{"text": "short"}\n')
    found = read(path)
    assert reject(found).reason == "the line is longer than 30 bytes"
    assert (row(found, 1).line, row(found, 1).text) == (2, "short")


def test_file_that_is_too_large_for_one_text(
    tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MAX_TEXT_BYTES", 3)
    path = tmp_path / "a.txt"
    path.write_text("four")
    with pytest.raises(UsageError, match="With --lines each line is one"):
        read(path)
    assert "with --lines each line is one" in reject(read(tmp_path)).reason


def test_kept_fields_become_text(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.jsonl"
    written = [
        {"text": "a", "author": "Ada", "year": 1815, "tags": ["ä", 1], "draft": True},
        {"text": "b", "author": None, "year": 18.5},
    ]
    path.write_text("\n".join(map(json.dumps, written)))
    keep = ("author", "year", "tags", "draft")
    first, second = read(path, Reader(Fields(keep=keep)))
    assert first.kept == ("Ada", "1815", '["ä", 1]', "true")
    assert second.kept == (None, "18.5", None, None)


def test_kept_field_without_any_value_is_noticed(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a", "author": "Ada"}')
    reader = Reader(Fields(keep=("author", "autor")))
    read(path, reader)
    assert reader.notices.take() == ["No row has a value of the field autor (--keep)"]


def test_reserved_names_cannot_be_kept() -> None:
    with pytest.raises(UsageError, match="--keep cannot copy text, vector: the output has"):
        Fields(keep=("text", "vector", "author"))
