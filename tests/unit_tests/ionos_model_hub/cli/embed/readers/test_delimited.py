"""CSV and TSV: delimiters, quotes, duplicate columns, broken records."""

from pathlib import Path

import pytest

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.embed.readers.fields import Fields
from ionos_model_hub.cli.embed.readers.reader import Reader

from .conftest import Read, reject, row, rows


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"2,x,y", "3 fields, the header has 2"),
        (b"2,caf\xe9", "the text is not valid Unicode or not in the encoding of the file"),
        (b"c\xe9,word", "the field id is not valid Unicode"),
        (b'2,"a" b', "',' expected after '\"'; line 4 was not read"),
        (b"2,", "the text is empty"),
    ],
)
def test_broken_record_does_not_affect_others(
    tmp_path: Path, read: Read, record: bytes, reason: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'\xef\xbb\xbfid,text\n1,"two\nlines"\n' + record + b"\n\n3,last\n")
    found = read(path)
    first, broken, last = row(found), reject(found, 1), row(found, 2)
    assert (first.id, first.text, first.line) == ("1", "two\nlines", 2)
    assert (broken.line, broken.last_line) == (4, None)
    assert reason in broken.reason
    assert (last.id, last.line) == ("3", 6)


def test_lines_after_an_unclosed_quote_are_reported(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.csv"
    lines = ["id,text", "1,one", '2,"open', *(f"{number},more" for number in range(3, 500))]
    path.write_text("\n".join(lines) + "\n")
    found = read(path)
    assert len(found) == 2
    broken = reject(found, 1)
    assert (broken.line, broken.last_line) == (3, 500)
    assert broken.reason == "a quote is opened and never closed; lines 3 to 500 were not read"
    assert str(broken).startswith(f"{path.as_posix()}, lines 3 to 500: a quote is opened")


def test_lines_up_to_the_next_quote_are_reported(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,text\n1,"open\n2,two\n3,"three"\n4,four\n')
    found = read(path)
    broken = reject(found)
    assert (broken.line, broken.last_line) == (2, 4)
    assert "lines 2 to 4 were not read" in broken.reason
    assert rows(found[1:]) == [("4", "four")]


@pytest.mark.parametrize(
    ("name", "header", "delimiter", "notice"),
    [
        ("a.csv", "id,text", ",", ""),
        ("a.csv", "id;text", ";", "Columns are separated by ';'"),
        ("a.csv", "id\ttext", "\t", "Columns are separated by tabs"),
        ("a.csv", "id|text", "|", "Columns are separated by '|'"),
        ("a.tsv", "id\ttext", "\t", ""),
        ("a.tsv", "id,text", ",", "Columns are separated by ','"),
        ("a.csv", '"id";"text, or; other"', ";", ""),
    ],
)
def test_delimiter_is_detected_from_the_header(
    tmp_path: Path, read: Read, name: str, header: str, delimiter: str, notice: str
) -> None:
    path = tmp_path / name
    path.write_text(f"{header}\n1{delimiter}one\n")
    fields = Fields(text="text, or; other") if "other" in header else Fields()
    reader = Reader(fields)
    assert rows(read(path, reader)) == [("1", "one")]
    if notice or "other" not in header:
        assert reader.notices.take() == ([f"{notice}: {path.as_posix()}"] if notice else [])


def test_duplicate_columns_are_noticed_and_the_first_is_read(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,text,text\n1,first,second\n")
    reader = Reader()
    assert rows(read(path, reader)) == [("1", "first")]
    notice = f"Duplicate column text, only the first is read: {path.as_posix()}"
    assert reader.notices.take() == [notice]


@pytest.mark.parametrize(
    ("content", "reader", "message"),
    [
        ("id;name\n1;a\n", Reader(), r"no field text or .*, found id, name. Set the columns with"),
        ("text\na\n", Reader(Fields(id="sku")), "no field sku, found text"),
        ("text\na\n", Reader(Fields(keep=("tag",))), "no field tag for --keep, found text"),
        ('"text', Reader(delimiter=","), "the header cannot be read: unexpected end of data"),
    ],
)
def test_table_without_the_columns_is_refused(
    tmp_path: Path, read: Read, content: str, reader: Reader, message: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content)
    with pytest.raises(UsageError, match=message):
        read(path, reader)
    assert len(read(tmp_path, reader)) == 1  # rejected as part of a folder


@pytest.mark.parametrize("content", ["", "\n\n", "text\n", "\ufeff"])
def test_files_without_records(tmp_path: Path, read: Read, content: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content, "utf-8")
    assert read(path) == []


def test_blank_lines_before_the_header(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("\n\ntext\none\n")
    found = read(path)
    assert rows(found) == [(f"{path.as_posix()}:4", "one")]
    assert row(found).line == 4


def test_kept_columns(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,author,year\na,Ada,1815\nb,,1816\n")
    first, second = read(path, Reader(Fields(keep=("year", "author"))))
    assert first.kept == ("1815", "Ada")
    assert second.kept == ("1816", "")
