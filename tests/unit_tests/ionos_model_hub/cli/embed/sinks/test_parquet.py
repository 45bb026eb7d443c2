"""The Parquet output: complete parts, and one file at the end."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ionos_model_hub.cli.embed.records import text_digest
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.sinks.parquet import ParquetSink
from ionos_model_hub.cli.embed.sinks.sink import OutputOptions

from .conftest import OPTIONS, embedded, names, texts, write


@pytest.mark.parametrize("name", ["out.parquet", "out"])
def test_replaced_rows_are_removed_and_order_is_kept(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    write(target, [embedded("a", "1"), embedded("b", "2")], [embedded("c", "3")])
    assert texts(target) == ["1", "2", "3"]
    write(target, [embedded("b", "22")])
    assert texts(target) == ["1", "3", "22"]
    write(target, [embedded("a", "11")], [embedded("c", "33")])
    assert texts(target) == ["22", "11", "33"]
    assert names(tmp_path) == [name]


def test_columns(tmp_path: Path) -> None:
    write(tmp_path / "out.parquet", [embedded("a", "one"), embedded("a", "two", 1)])
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.schema.field("vector").type == pa.list_(pa.float32(), 3)
    assert table.drop_columns("digest").to_pylist() == [
        {"id": "a", "part": 0, "text": "one", "model": "m", "vector": [0.5, 0.25, 3.0]},
        {"id": "a", "part": 1, "text": "two", "model": "m", "vector": [0.5, 0.25, 3.0]},
    ]


@pytest.mark.parametrize("name", ["out.parquet", "out"])
def test_kept_columns(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    options = OutputOptions("m", {"author": pa.string(), "year": pa.int16()})
    write(target, [embedded("a", "1", kept=("Ada", 1815))], options=options)
    write(target, [embedded("b", "2", kept=(None, None))], options=options)
    table = pq.read_table(target, columns=["id", "author", "year"])
    assert table.schema.field("year").type == pa.int16()
    assert table.to_pylist() == [
        {"id": "a", "author": "Ada", "year": 1815},
        {"id": "b", "author": None, "year": None},
    ]


@pytest.mark.parametrize("name", ["out.parquet", "out"])
def test_parts_that_a_row_no_longer_has_are_removed(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    write(target, [embedded("a", str(part), part) for part in range(3)], [embedded("b", "b", 5)])
    write(target, rows={"a": 1})
    assert texts(target) == ["0", "b"]


def test_file_is_not_rewritten_without_changes(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    write(target, [embedded("a", "1")])
    before = target.stat()
    write(target)
    assert target.stat().st_ino == before.st_ino


@pytest.mark.parametrize("name", ["none.parquet", "none", "new/none"])
def test_nothing_is_left_if_there_is_nothing_to_write(tmp_path: Path, name: str) -> None:
    (tmp_path / "new").mkdir()
    with ResumeIndex() as index:
        sink = ParquetSink(tmp_path / name, OPTIONS, index)
        sink.finish()
        assert not sink.has_vectors
        sink.close()
    assert not (tmp_path / name).exists()
    assert names(tmp_path) == ["new"]


def test_unfinished_files_are_removed_and_parts_are_found(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    with ResumeIndex() as index:
        sink = ParquetSink(target, OPTIONS, index)
        sink.write([embedded("a", "1")])
        assert sink.location == f"{target}.parts"
        sink.close()
    parts = tmp_path / "out.parquet.parts"
    (parts / ".ionos-model-hub-embed").mkdir()
    (parts / ".ionos-model-hub-embed" / "part-000002.parquet").write_bytes(b"half")
    with ResumeIndex() as index:
        sink = ParquetSink(target, OPTIONS, index)
        assert index.contains("a", 0, text_digest("m", "1"))
        assert sink.dimensions == 3
        assert names(parts) == ["part-000001.parquet"]
        sink.finish()
        assert sink.location == str(target)
        sink.close()
    assert names(tmp_path) == ["out.parquet"]


def test_row_groups_do_not_depend_on_the_parts(tmp_path: Path) -> None:
    rows = [embedded(str(number), f"text {number}") for number in range(3000)]
    write(tmp_path / "few.parquet", rows)
    write(tmp_path / "many.parquet", *(rows[at : at + 7] for at in range(0, 3000, 7)))
    assert pq.read_table(tmp_path / "few.parquet") == pq.read_table(tmp_path / "many.parquet")
    assert pq.read_metadata(tmp_path / "many.parquet").num_row_groups == 1


def test_existing_folder_named_like_a_file_is_a_folder_of_parts(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    target.mkdir()
    write(target, [embedded("a", "1")])
    assert names(target) == ["part-000001.parquet"]


def test_read_only_output_is_not_changed(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    options = OutputOptions("m", read_only=True)
    with ResumeIndex() as index:
        ParquetSink(target, options, index).close()
        assert names(tmp_path) == []
        write(target, [embedded("a", "1")])
        with ResumeIndex() as other:
            writer = ParquetSink(target, OPTIONS, other)
            ParquetSink(target, options, index).close()  # in spite of the lock
            writer.close()
        assert index.contains("a", 0, text_digest("m", "1"))
