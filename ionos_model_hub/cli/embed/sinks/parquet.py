"""Vectors in Parquet: a folder of part files, or one file that is made of them at the end.

A part is written under another name and renamed once it is whole, so each part that can be seen
is complete, and a kill at any point loses only what no part holds.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ionos_model_hub.cli.embed.locks import Lock
from ionos_model_hub.cli.embed.records import Piece, UsageError
from ionos_model_hub.cli.embed.resume_index import Ledger
from ionos_model_hub.cli.embed.sinks.parquet_files import (
    UNFINISHED,
    dimensions_of,
    schema,
    write_whole,
)
from ionos_model_hub.cli.embed.sinks.sink import Embedded

_PART = re.compile(r"part-(\d+)\.parquet")
_ROWS_AT_ONCE = 1024
_WHOLE = 0


class ParquetSink:
    """Parquet as output.

    Args:
        target: A name that ends in `.parquet` is one file, any other a folder of parts.
        model: What the vectors are made with.
        ledger: Learns what is there already.

    Raises:
        UsageError: The target holds something else, or another process writes to it.
    """

    def __init__(self, target: Path, model: str, ledger: Ledger) -> None:
        self.name = str(target)
        self._model = model
        self._ledger = ledger
        self._whole = target if target.suffix == ".parquet" else None
        self._folder = target if self._whole is None else folder_of_parts(target)
        if self._folder.exists() and not self._folder.is_dir():
            raise UsageError(f"{self._folder} is a file; a folder is needed there.")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = Lock(self._folder)
        self._last = _WHOLE
        self.dimensions: int | None = None
        for leftover in (*self._folder.glob(f"*{UNFINISHED}"), Path(f"{target}{UNFINISHED}")):
            leftover.unlink(missing_ok=True)
        try:
            for number, path in self._files():
                self._learn(number, path)
                self._last = number
        except UsageError:
            self.close()
            raise

    def objection(self, piece: Piece) -> str | None:
        """Parquet holds every text."""
        return None

    def write(self, embedded: Sequence[Embedded]) -> None:
        """Commit vectors as one more part."""
        self.dimensions = len(embedded[0][1])
        self._last += 1
        batch = _batch(embedded, self._model, schema(self.dimensions))
        write_whole(self._folder / f"part-{self._last:06}.parquet", [batch], batch.schema)
        entries = ((piece.row.id, piece.part, piece.digest) for piece, _ in embedded)
        self._ledger.keep(entries, self._last)

    def finish(self) -> None:
        """Drop what was replaced; make one file where one is wanted."""
        if self._whole is None:
            self._tidy()
        else:
            self._unite(self._whole)

    def close(self) -> None:
        """Let another process write."""
        if self._whole and not any(self._folder.iterdir()):
            self._folder.rmdir()
        self._lock.release()

    def _files(self) -> Iterator[tuple[int, Path]]:
        """Yield what is there, in the order it was written."""
        if self._whole and self._whole.exists():
            yield _WHOLE, self._whole
        for path in sorted(self._folder.iterdir(), key=lambda path: (len(path.name), path.name)):
            if match := _PART.fullmatch(path.name):
                yield int(match[1]), path

    def _learn(self, number: int, path: Path) -> None:
        found = dimensions_of(path)
        if self.dimensions not in (None, found):
            raise UsageError(f"{path} has {found} dimensions, others of {self.name} have not.")
        self.dimensions = found
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=["id", "part", "digest"]):
                columns = (column.to_pylist() for column in batch.columns)
                self._ledger.keep(zip(*columns, strict=True), number)

    def _tidy(self) -> None:
        current = self._ledger.current()
        for number, path in list(self._files()):
            left = current.get(number, 0)
            if left == 0:
                path.unlink()
            elif left < pq.read_metadata(path).num_rows:
                self._rewrite([(number, path)], path)

    def _unite(self, whole: Path) -> None:
        files = list(self._files())
        parts = [path for number, path in files if number != _WHOLE]
        rows = pq.read_metadata(whole).num_rows if whole.exists() else 0
        if parts or rows != self._ledger.current().get(_WHOLE, 0):
            self._rewrite(files, whole)
        for path in parts:
            path.unlink()

    def _rewrite(self, files: Sequence[tuple[int, Path]], target: Path) -> None:
        if self.dimensions is not None:
            write_whole(target, self._current(files), schema(self.dimensions))

    def _current(self, files: Sequence[tuple[int, Path]]) -> Iterator[pa.RecordBatch]:
        """Yield the valid rows of files."""
        for number, path in files:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(_ROWS_AT_ONCE):
                    keys = zip(batch["id"].to_pylist(), batch["part"].to_pylist(), strict=True)
                    mask = [self._ledger.is_current(id_, part, number) for id_, part in keys]
                    yield batch.filter(pa.array(mask, pa.bool_()))


def folder_of_parts(target: Path) -> Path:
    """Return where the parts of a file lie until it is made of them."""
    return target.with_name(f"{target.name}.parts")


def _batch(embedded: Sequence[Embedded], model: str, schema: pa.Schema) -> pa.RecordBatch:
    numbers = pa.py_buffer(b"".join(vector.tobytes() for _, vector in embedded))
    vectors = pa.Array.from_buffers(pa.float32(), numbers.size // 4, [None, numbers])
    pieces = [piece for piece, _ in embedded]
    columns = [
        pa.array([piece.row.id for piece in pieces], pa.string()),
        pa.array([piece.part for piece in pieces], pa.int32()),
        pa.array([piece.text for piece in pieces], pa.string()),
        pa.array([model] * len(pieces)).dictionary_encode(),
        pa.array([piece.digest for piece in pieces], pa.binary(16)),
        pa.FixedSizeListArray.from_arrays(vectors, type=schema.field("vector").type),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
