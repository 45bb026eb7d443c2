"""The Parquet output: whole parts only, and one file at the end."""

from array import array
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ionos_model_hub.cli.embed.records import Piece, Row, UsageError, digest_of
from ionos_model_hub.cli.embed.resume_index import Ledger
from ionos_model_hub.cli.embed.sinks.parquet import ParquetSink
from ionos_model_hub.cli.embed.sinks.sink import Embedded


def embedded(id_: str, text: str, part: int = 0) -> Embedded:
    row = Row(id_, text, "a", 1, 0)
    return Piece(row, part, text, 0, digest_of("m", text)), array("f", [0.5, 0.25, len(text)])


def write(target: Path, *batches: list[Embedded], met: dict[str, int] | None = None) -> None:
    with Ledger() as ledger:
        sink = ParquetSink(target, "m", ledger)
        for id_, parts in (met or {}).items():
            ledger.meet(id_, parts)
        for batch in batches:
            sink.write(batch)
        sink.finish()
        sink.close()


def texts(path: Path) -> list[str]:
    found: list[str] = pq.read_table(path).column("text").to_pylist()
    return found


@pytest.mark.parametrize("name", ["out.parquet", "out"])
def test_replaced_rows_are_gone_and_order_is_kept(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    write(target, [embedded("a", "1"), embedded("b", "2")], [embedded("c", "3")])
    assert texts(target) == ["1", "2", "3"]
    write(target, [embedded("b", "22")])
    assert texts(target) == ["1", "3", "22"]
    write(target, [embedded("a", "11")], [embedded("c", "33")])
    assert texts(target) == ["22", "11", "33"]
    if name == "out.parquet":
        assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_columns_are_those_that_readers_want(tmp_path: Path) -> None:
    write(tmp_path / "out.parquet", [embedded("a", "one"), embedded("a", "two", 1)])
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.schema.field("vector").type == pa.list_(pa.float32(), 3)
    assert table.drop_columns("digest").to_pylist() == [
        {"id": "a", "part": 0, "text": "one", "model": "m", "vector": [0.5, 0.25, 3.0]},
        {"id": "a", "part": 1, "text": "two", "model": "m", "vector": [0.5, 0.25, 3.0]},
    ]


@pytest.mark.parametrize("name", ["out.parquet", "out"])
def test_parts_that_a_text_no_longer_has_are_dropped(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    write(target, [embedded("a", str(part), part) for part in range(3)], [embedded("b", "b", 5)])
    write(target, met={"a": 1})
    assert texts(target) == ["0", "b"]


def test_nothing_new_leaves_the_file_untouched(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    write(target, [embedded("a", "1")])
    before = target.stat()
    write(target)
    assert target.stat().st_ino == before.st_ino
    write(tmp_path / "none.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


def test_what_was_not_finished_is_dropped_and_parts_are_found(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    with Ledger() as ledger:
        sink = ParquetSink(target, "m", ledger)
        sink.write([embedded("a", "1")])
        sink.close()
    parts = tmp_path / "out.parquet.parts"
    (parts / "part-000002.parquet.unfinished").write_bytes(b"half")
    (tmp_path / "out.parquet.unfinished").write_bytes(b"half")
    with Ledger() as ledger:
        sink = ParquetSink(target, "m", ledger)
        assert ledger.has("a", 0, digest_of("m", "1"))
        assert sink.dimensions == 3
        assert [path.name for path in parts.iterdir()] == ["part-000001.parquet"]
        sink.finish()
        sink.close()
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


def test_row_groups_do_not_depend_on_the_parts(tmp_path: Path) -> None:
    rows = [embedded(str(number), f"text {number}") for number in range(3000)]
    write(tmp_path / "few.parquet", rows)
    write(tmp_path / "many.parquet", *(rows[at : at + 7] for at in range(0, 3000, 7)))
    assert pq.read_table(tmp_path / "few.parquet") == pq.read_table(tmp_path / "many.parquet")
    assert pq.read_metadata(tmp_path / "many.parquet").num_row_groups == 1


def test_two_writers_are_kept_apart(tmp_path: Path) -> None:
    with Ledger() as ledger:
        sink = ParquetSink(tmp_path / "out", "m", ledger)
        with pytest.raises(UsageError, match="Another process is writing"):
            ParquetSink(tmp_path / "out", "m", ledger)
        sink.close()
        ParquetSink(tmp_path / "out", "m", ledger).close()


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.parquet"
    pq.write_table(pa.table({"id": [1], "vector": [[1.0]]}), path)
    with Ledger() as ledger:
        with pytest.raises(UsageError, match="was not written by this command"):
            ParquetSink(path, "m", ledger)
        path.write_bytes(b"no parquet")
        with pytest.raises(UsageError, match="cannot be read"):
            ParquetSink(path, "m", ledger)
        (tmp_path / "file").write_text("x")
        with pytest.raises(UsageError, match="a folder is needed"):
            ParquetSink(tmp_path / "file", "m", ledger)
    assert path.read_bytes() == b"no parquet"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "theirs.parquet"]
