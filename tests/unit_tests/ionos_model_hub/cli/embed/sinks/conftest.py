"""Write to Parquet outputs."""

from array import array
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ionos_model_hub.cli.embed.records import Row, TextPart, text_digest
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.sinks.parquet import ParquetSink
from ionos_model_hub.cli.embed.sinks.sink import Embedded, OutputOptions

OPTIONS = OutputOptions("m")


def embedded(id_: str, text: str, part: int = 0, kept: tuple[object, ...] = ()) -> Embedded:
    row = Row(id_, text, "a", 1, 0, kept)
    digest = text_digest("m", text, kept)
    return TextPart(row, part, text, 0, digest), array("f", [0.5, 0.25, len(text)])


def write(
    target: Path,
    *batches: list[Embedded],
    rows: Mapping[str, int] | None = None,
    options: OutputOptions = OPTIONS,
) -> None:
    """Write batches; `rows` are the ids of this run and their numbers of parts."""
    with ResumeIndex() as index:
        sink = ParquetSink(target, options, index)
        for id_, parts in (rows or {}).items():
            index.add_row(id_, parts)
        for batch in batches:
            sink.write(batch)
        sink.finish()
        sink.close()


def open_and_close(target: Path, options: OutputOptions = OPTIONS) -> None:
    with ResumeIndex() as index:
        ParquetSink(target, options, index).close()


def texts(path: Path) -> list[str]:
    found: list[str] = pq.read_table(path).column("text").to_pylist()
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_foreign_parquet(path: Path) -> bytes:
    """Write a Parquet file of another program with the same columns; return its content."""
    columns = {"id": ["a"], "part": [0], "text": ["a"], "vector": [[1.0]]}
    pq.write_table(pa.table(columns), path)
    return path.read_bytes()
