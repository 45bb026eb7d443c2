"""Rows of every format: what was written is read, and what is broken is told with its place."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ionos_model_hub.cli.embed.readers import lines
from ionos_model_hub.cli.embed.readers.fields import Fields
from ionos_model_hub.cli.embed.readers.reader import Reader
from ionos_model_hub.cli.embed.readers.sources import find_sources
from ionos_model_hub.cli.embed.records import Reject, Row, UsageError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: not text.isspace()
)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ROWS = st.lists(st.tuples(IDS, TEXTS), max_size=8)
anything = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(path: Path, reader: Reader | None = None) -> list[Row | Reject]:
    reader = reader or Reader()
    sources = find_sources([str(path)])
    reader.check(sources)
    return list(reader.read(sources))


def pairs(found: list[Row | Reject]) -> list[tuple[str, str]]:
    assert not [each for each in found if isinstance(each, Reject)], found
    return [(row.id, row.text) for row in found if isinstance(row, Row)]


def reject(found: list[Row | Reject], place: int = 0) -> Reject:
    each = found[place]
    assert isinstance(each, Reject)
    return each


@anything
@given(rows=ROWS, ascii_only=st.booleans())
def test_jsonl_round_trip(tmp_path: Path, rows: list[tuple[str, str]], ascii_only: bool) -> None:
    path = tmp_path / "rows.jsonl"
    written = [json.dumps({"id": i, "text": t}, ensure_ascii=ascii_only) for i, t in rows]
    path.write_bytes("\n".join(written).encode())
    if rows:
        assert pairs(read(path)) == rows


@anything
@given(rows=ROWS, delimiter=st.sampled_from(",;\t|"))
def test_csv_round_trip(tmp_path: Path, rows: list[tuple[str, str]], delimiter: str) -> None:
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerows([("id", "text"), *rows])
    assert pairs(read(path, Reader(delimiter=delimiter))) == rows


@anything
@given(rows=ROWS)
def test_parquet_round_trip(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = tmp_path / "rows.parquet"
    columns = {"id": [i for i, _ in rows], "text": [t for _, t in rows], "other": [1] * len(rows)}
    types = pa.schema({"id": pa.string(), "text": pa.string(), "other": pa.int8()})
    pq.write_table(pa.table(columns, schema=types), path)
    assert pairs(read(path)) == rows


@anything
@given(text=TEXTS)
def test_text_round_trip(tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(text.encode())
    without_mark = text.removeprefix("\ufeff")
    if without_mark and not without_mark.isspace():
        assert pairs(read(path)) == [(path.as_posix(), without_mark)]


@anything
@given(raw=st.binary(max_size=200), name=st.sampled_from(["a.jsonl", "a.csv", "a.txt"]))
def test_no_bytes_break_a_reader(tmp_path: Path, raw: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    try:
        found = read(path, Reader(by_line=True))
    except UsageError:
        assert name == "a.csv"
        return
    for each in found:
        assert each.file == path.as_posix()
        assert each.line >= 1
        if isinstance(each, Row):
            assert each.text.encode().strip()
            assert each.reached <= len(raw)


def test_lines_of_a_text_file(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_bytes("\ufeffone\r\n\n  \nFähre".encode())
    name = path.as_posix()
    assert pairs(read(path, Reader(by_line=True))) == [(f"{name}:1", "one"), (f"{name}:4", "Fähre")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken", "not JSON: "),
        (b'["text"]', "not a JSON object but list"),
        (b'{"body": "a", "tags": 1}', "no field text or content or page_content, there is body"),
        (b"{}", "there is none"),
        (b'{"text": 5}', "the field text must be a string, got int"),
        (b'{"text": null}', "the field text must be a string, got NoneType"),
        (b'{"text": " "}', "the text is empty"),
        (b'{"id": 1.5, "text": "a"}', "the field id must be a string or an integer, got float"),
        (b'{"id": true, "text": "a"}', "got bool"),
        (b'{"id": "", "text": "a"}', "the field id is empty"),
        (b'{"text": "caf\xe9"}', "byte 14 is not utf-8; see --encoding"),
        (b'{"text": "\\ud800"}', "not JSON: "),
    ],
)
def test_a_broken_line_of_jsonl_spoils_itself_only(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"id": 7, "text": "one"}\n' + line + b'\n\n{"content": "two"}\n')
    first, broken, last = read(path)
    assert isinstance(first, Row)
    assert (first.id, first.text, first.line) == ("7", "one", 1)
    assert isinstance(broken, Reject)
    assert (broken.file, broken.line) == (path.as_posix(), 2)
    assert reason in broken.reason
    assert isinstance(last, Row)
    assert (last.id, last.text) == (f"{path.as_posix()}:4", "two")


def test_a_line_without_end_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 30)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"x" * 100 + b'\n{"text": "short"}\n')
    found = read(path)
    assert reject(found).reason == "the line is longer than 30 bytes"
    assert isinstance(found[1], Row)
    assert (found[1].line, found[1].text) == (2, "short")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"2,x,y", "3 fields, the first line has 2"),
        (b"2,caf\xe9", "the text is not in the encoding of the file"),
        (b"c\xe9,word", "the field id is not in the encoding of the file"),
        (b'2,"a" b', "',' expected after '\"'"),
        (b"2,", "the text is empty"),
    ],
)
def test_a_broken_record_of_csv_spoils_itself_only(
    tmp_path: Path, record: bytes, reason: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'\xef\xbb\xbfid,text\n1,"two\nlines"\n' + record + b"\n\n3,last\n")
    first, broken, last = read(path)
    assert isinstance(first, Row)
    assert (first.id, first.text, first.line) == ("1", "two\nlines", 2)
    assert isinstance(broken, Reject)
    assert broken.line == 4
    assert reason in broken.reason
    assert isinstance(last, Row)
    assert (last.id, last.line) == ("3", 6)


def test_a_quote_that_is_never_closed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'text\nfirst\n"open\nand on\n')
    found = read(path)
    assert reject(found, 1).line == 3
    assert reject(found, 1).reason == "unexpected end of data"


def test_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("name;preis\nFähre;5 €\n".encode("cp1252"))
    reader = Reader(Fields("preis", "name"), "cp1252", ";")
    assert pairs(read(path, reader)) == [("Fähre", "5 €")]
    with pytest.raises(UsageError, match="no encoding 'nonsense'"):
        Reader(encoding="nonsense")
    with pytest.raises(UsageError, match="convert them to UTF-8"):
        Reader(encoding="utf-16")


def test_nulls_numbers_and_bad_bytes_in_parquet(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    raw = pa.array([b"good", b"caf\xe9", None], pa.binary())
    texts = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    pq.write_table(pa.table({"id": pa.array([1, 2, 3]), "text": texts}), path)
    first, *others = read(path)
    assert isinstance(first, Row)
    assert (first.id, first.text, first.line) == ("1", "good", 1)
    assert [(each.line, each.reason) for each in others if isinstance(each, Reject)] == [
        (2, "the text is not in the encoding of the file, or no Unicode"),
        (3, "the field text must be a string, got NoneType"),
    ]


def test_a_damaged_parquet_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    texts = [f"text {number}" for number in range(5000)]
    pq.write_table(pa.table({"text": texts}), path, compression="zstd", use_dictionary=False)
    whole = path.read_bytes()
    path.write_bytes(whole[:30] + b"\0" * 400 + whole[430:])
    assert "damaged from here on" in reject(read(path), -1).reason
    path.write_bytes(b"no parquet")
    with pytest.raises(UsageError, match="is no Parquet file"):
        read(path)


def test_a_table_without_the_column_is_refused_before_anything(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id;text\n1;a\n")
    with pytest.raises(UsageError, match=r"no field text or .*there is id;text. Name the columns"):
        read(path)
    path.write_text("text\na\n")
    with pytest.raises(UsageError, match="no field sku, there is text"):
        read(path, Reader(Fields(id="sku")))


def test_a_file_too_large_to_be_one_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 3)
    (tmp_path / "a.txt").write_text("four")
    with pytest.raises(UsageError, match="with --lines each line is one"):
        read(tmp_path / "a.txt")


def test_a_file_that_vanishes_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a"}')
    sources = find_sources([str(path)])
    path.unlink()
    (found,) = Reader().read(sources)
    assert isinstance(found, Reject)
    assert found.reason == "the file cannot be read: No such file or directory"
