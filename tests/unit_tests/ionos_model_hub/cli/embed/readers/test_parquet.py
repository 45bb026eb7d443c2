"""Parquet inputs: null values, invalid bytes, damaged files, kept columns."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.embed.readers.fields import Fields
from ionos_model_hub.cli.embed.readers.reader import Reader
from ionos_model_hub.cli.embed.readers.sources import find_inputs
from ionos_model_hub.cli.embed.records import Reject

from .conftest import Read, reject, row, rows


def test_nulls_and_invalid_bytes(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.parquet"
    raw = pa.array([b"good", b"caf\xe9", None], pa.binary())
    texts = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    pq.write_table(pa.table({"id": pa.array([1, 2, 3]), "text": texts}), path)
    found = read(path)
    assert (row(found).id, row(found).text, row(found).line) == ("1", "good", 1)
    assert [(each.line, each.reason) for each in found if isinstance(each, Reject)] == [
        (2, "the text is not valid Unicode or not in the encoding of the file; set --encoding"),
        (3, "the field text must be a string, got null"),
    ]


def test_float_ids_as_pandas_writes_them(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.parquet"
    ids = pa.array([1.0, float("nan"), 3.0, 3.5])
    pq.write_table(pa.table({"id": ids, "text": ["a", "b", "c", "d"]}), path)
    found = read(path)
    assert reject(found, 1).reason == "the field id must be a string or a number, got nan"
    assert rows([found[0], *found[2:]]) == [("1", "a"), ("3", "c"), ("3.5", "d")]


def test_uuid_ids(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.parquet"
    id_ = UUID("0b1f7a36-6d3b-4c0e-8f0e-3f0a6b2f9c11")
    pq.write_table(pa.table({"id": pa.array([id_.bytes], pa.uuid()), "text": ["a"]}), path)
    assert rows(read(path)) == [(str(id_), "a")]


def test_damaged_file(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.parquet"
    texts = [f"text {number}" for number in range(5000)]
    pq.write_table(pa.table({"text": texts}), path, compression="zstd", use_dictionary=False)
    content = path.read_bytes()
    path.write_bytes(content[:30] + b"\0" * 400 + content[430:])
    assert "damaged from here on" in reject(read(path), -1).reason


def test_file_that_is_not_parquet(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(UsageError, match="not a readable Parquet file"):
        read(path)
    (tmp_path / "others.jsonl").write_text('{"id": 1, "text": "a"}')
    found = read(tmp_path)
    assert rows(found[:1]) == [("1", "a")]
    assert "not a readable Parquet file" in reject(found, 1).reason


def test_duplicate_columns(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.parquet"
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    pq.write_table(table, path)
    reader = Reader()
    assert row(read(path, reader)).text == "a"
    assert "Duplicate column text" in reader.notices.take()[0]


def test_kept_columns_have_their_type(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    moment = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    columns = {
        "text": ["a"],
        "count": pa.array([7], pa.int32()),
        "day": [date(2026, 1, 2)],
        "at": pa.array([moment], pa.timestamp("us", "UTC")),
        "tags": [["x", "y"]],
        "author": pa.array(["Ada"]).dictionary_encode(),
    }
    pq.write_table(pa.table(columns), path)
    keep = ("count", "day", "at", "tags", "author")
    reader = Reader(Fields(keep=keep))
    sources = find_inputs([str(path)], Notices()).sources
    reader.check(sources)
    assert reader.use_column_types(sources) == {
        "count": pa.int32(),
        "day": pa.date32(),
        "at": pa.timestamp("us", "UTC"),
        "tags": pa.string(),
        "author": pa.string(),
    }
    (found,) = reader.read(sources)
    assert found.kept == (7, date(2026, 1, 2), moment, '["x", "y"]', "Ada")


def test_kept_columns_of_different_types_become_text(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"], "n": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["b"], "n": [1.5]}), tmp_path / "b.parquet")
    reader = Reader(Fields(keep=("n",)))
    sources = find_inputs([str(tmp_path)], Notices()).sources
    assert reader.use_column_types(sources) == {"n": pa.string()}
    assert [each.kept for each in reader.read(sources)] == [("1",), ("1.5",)]
