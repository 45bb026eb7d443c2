"""Vectors in Parquet: a folder of parts, or one file that is merged from them at the end.

Each part is written under another name and renamed once it is complete. Therefore all visible
parts are complete, and a kill at any point loses only vectors that were not committed.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ionos_model_hub.cli.common.errors import RunStoppedError, UsageError
from ionos_model_hub.cli.embed.records import TextPart
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.sinks.parquet_files import (
    FileProperties,
    read_properties,
    write_atomically,
)
from ionos_model_hub.cli.embed.sinks.part_folder import PartFolder, check_folder, list_parts
from ionos_model_hub.cli.embed.sinks.sink import (
    Embedded,
    OutputOptions,
    check_kept,
    check_model,
)

_BATCH_ROWS = 1024
_MERGED = 0
"""Number of the merged file; parts are numbered from 1."""


class ParquetSink:
    """Parquet as output.

    Args:
        target: A file if the name ends in `.parquet`, else a folder of parts.
        options: Model and copied columns.
        index: Receives the vectors in the output.

    Raises:
        UsageError: The target was not written by this command, has vectors of another model or
            other copied columns, or another process is writing to it.
    """

    def __init__(self, target: Path, options: OutputOptions, index: ResumeIndex) -> None:
        self.name = str(target)
        self.dimensions: int | None = None
        self.base: str | None = None
        self._options = options
        self._index = index
        target = target.resolve()
        self._merged = target if is_single_file(target) else None
        self._path = parts_folder(target) if self._merged else target
        check_folder(self._path)
        self._folder: PartFolder | None = None
        if not options.read_only:
            self._folder = PartFolder(self._path, remove_if_empty=self._merged is not None)
        self._last = _MERGED
        self._merged_state = _file_state(self._merged)
        try:
            for number, path in self._files():
                self._read(number, path)
                self._last = number
        except UsageError:
            self.close()
            raise

    @property
    def location(self) -> str:
        """The parts if they are not merged yet, else the output itself."""
        if self._merged and any(list_parts(self._path)):
            return str(Path(self.name).with_name(self._path.name))
        return self.name

    @property
    def has_vectors(self) -> bool:
        """Whether there is a file."""
        return any(self._files())

    def rejection_reason(self, part: TextPart) -> str | None:
        """Return None: Parquet stores every text."""
        return None

    def write(self, embedded: Sequence[Embedded]) -> None:
        """Commit vectors as one more part."""
        self.dimensions = len(embedded[0][1])
        number = self._last + 1
        batch = _record_batch(embedded, self._properties(self.dimensions))
        self._write(self._writable.part(number), [batch], self.dimensions)
        self._last = number
        entries = ((part.row.id, part.index, part.digest) for part, _ in embedded)
        self._index.add_vectors(entries, number)

    def finish(self) -> None:
        """Remove replaced vectors; merge the parts if the output is one file."""
        if self._merged is None:
            self._clean_parts()
        else:
            self._merge(self._merged)

    def close(self) -> None:
        """Remove temporary files and let other processes write."""
        if self._folder is not None:
            self._folder.close()

    @property
    def _writable(self) -> PartFolder:
        if self._folder is None:
            raise RuntimeError("The output was opened for reading.")
        return self._folder

    def _properties(self, dimensions: int) -> FileProperties:
        return FileProperties(dimensions, self._options.model, self.base or "", self._options.keep)

    def _files(self) -> Iterator[tuple[int, Path]]:
        """Yield the existing files in the order they were written."""
        if self._merged and self._merged.exists():
            yield _MERGED, self._merged
        yield from list_parts(self._path)

    def _read(self, number: int, path: Path) -> None:
        found = read_properties(path)
        check_model(self.name, found.model, self._options.model)
        check_kept(self.name, list(found.keep), list(self._options.keep))
        if found.keep != self._options.keep:
            types = ", ".join(f"{name} {type_}" for name, type_ in found.keep.items())
            raise UsageError(f"{self.name} has columns of other types: {types}.")
        if self.dimensions not in (None, found.dimensions):
            raise UsageError(
                f"{self.name} has vectors of {self.dimensions} and of {found.dimensions} "
                "dimensions. Write to another output."
            )
        self.dimensions, self.base = found.dimensions, found.base
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH_ROWS, columns=["id", "part", "digest"]):
                columns = (column.to_pylist() for column in batch.columns)
                self._index.add_vectors(zip(*columns, strict=True), number)

    def _clean_parts(self) -> None:
        current = self._index.current_counts()
        for number, path in list(self._files()):
            count = current.get(number, 0)
            if count == 0:
                path.unlink()
            elif count < pq.read_metadata(path).num_rows:
                self._rewrite([(number, path)], path)

    def _merge(self, target: Path) -> None:
        files = list(self._files())
        parts = [path for number, path in files if number != _MERGED]
        rows = pq.read_metadata(target).num_rows if target.exists() else 0
        if parts or rows != self._index.current_counts().get(_MERGED, 0):
            if _file_state(target) != self._merged_state:
                raise RunStoppedError(f"Another program changed {self.name} during the run.")
            self._rewrite(files, target)
            self._merged_state = _file_state(target)
        for path in parts:
            path.unlink()

    def _rewrite(self, files: Sequence[tuple[int, Path]], target: Path) -> None:
        if self.dimensions is not None:
            self._write(target, self._current_rows(files), self.dimensions)

    def _write(
        self, path: Path, batches: Sequence[pa.RecordBatch] | Iterator[pa.RecordBatch], size: int
    ) -> None:
        temporary = self._writable.temporary(path.name)
        write_atomically(path, temporary, batches, self._properties(size))

    def _current_rows(self, files: Sequence[tuple[int, Path]]) -> Iterator[pa.RecordBatch]:
        """Yield the valid rows of files."""
        for number, path in files:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(_BATCH_ROWS):
                    keys = zip(batch["id"].to_pylist(), batch["part"].to_pylist(), strict=True)
                    mask = [self._index.is_current(id_, part, number) for id_, part in keys]
                    yield batch.filter(pa.array(mask, pa.bool_()))


def is_single_file(target: Path) -> bool:
    """Return whether an output is one file, not a folder of parts."""
    return target.suffix.lower() == ".parquet" and not target.is_dir()


def parts_folder(target: Path) -> Path:
    """Return the folder of the parts that are merged into a file."""
    return target.with_name(f"{target.name}.parts")


def _file_state(path: Path | None) -> tuple[int, int, int] | None:
    """Return a value that changes when a file is replaced or modified."""
    if path is None or not path.exists():
        return None
    status = os.stat(path)
    return status.st_ino, status.st_size, status.st_mtime_ns


def _record_batch(embedded: Sequence[Embedded], properties: FileProperties) -> pa.RecordBatch:
    schema = properties.schema
    numbers = pa.py_buffer(b"".join(vector.tobytes() for _, vector in embedded))
    vectors = pa.Array.from_buffers(pa.float32(), numbers.size // 4, [None, numbers])
    parts = [part for part, _ in embedded]
    columns = [
        pa.array([part.row.id for part in parts], pa.string()),
        pa.array([part.index for part in parts], pa.int32()),
        pa.array([part.text for part in parts], pa.string()),
        pa.array([properties.model] * len(parts)).dictionary_encode(),
        pa.array([part.digest for part in parts], pa.binary(16)),
        pa.FixedSizeListArray.from_arrays(vectors, type=schema.field("vector").type),
        *(
            pa.array([part.row.kept[at] for part in parts], type_)
            for at, type_ in enumerate(properties.keep.values())
        ),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
