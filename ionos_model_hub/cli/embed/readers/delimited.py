"""Read CSV and TSV files."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain
from typing import TYPE_CHECKING

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.embed.readers.fields import BadRowError, Fields
from ionos_model_hub.cli.embed.readers.lines import MAX_TEXT_BYTES
from ionos_model_hub.cli.embed.readers.sources import Source
from ionos_model_hub.cli.embed.readers.streams import ByteStream
from ionos_model_hub.cli.embed.records import Reject, Row

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

_DELIMITERS = (",", ";", "\t", "|")
# Excel reads the delimiter from such a first line.
_EXCEL_HINT = re.compile(r'"?sep=(.)"?\r?\n?')
_UNCLOSED = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Table:
    """An opened table, after its header.

    Attributes:
        names: The column names; empty if the file is empty.
        delimiter: The character between columns.
        is_detected: Whether the delimiter was detected and is not the usual one of the suffix.
        records: The remaining records.
        skipped_lines: Number of lines before the header.
    """

    names: list[str]
    delimiter: str
    is_detected: bool
    records: "CsvReader"
    skipped_lines: int

    @property
    def line(self) -> int:
        """Number of the line that was read last."""
        return self.records.line_num + self.skipped_lines


@contextmanager
def open_table(
    source: Source, stream: ByteStream, fields: Fields, delimiter: str | None
) -> Iterator[Table]:
    """Open a table and read its header.

    Args:
        source: The input.
        stream: Its opened bytes.
        fields: The columns to look for when the delimiter is detected.
        delimiter: The character between columns. Default: detected from the header.

    Raises:
        UsageError: The header cannot be read.
    """
    csv.field_size_limit(MAX_TEXT_BYTES)
    # Bytes that cannot be decoded stay recognizable, so that only their row is rejected.
    with TextIOWrapper(stream.file, stream.encoding, errors="surrogateescape", newline="") as file:
        header, skipped_lines, hint = _read_header(file)
        usual = _usual_delimiter(source)
        actual = delimiter or hint or _detect_delimiter(header, fields, usual)
        records = csv.reader(chain([header], file), delimiter=actual, strict=True)
        try:
            names = next(records, [])
        except csv.Error as error:
            raise UsageError(f"{source.name}: the header cannot be read: {error}.") from None
        is_detected = delimiter is None and actual != usual
        yield Table(names, actual, is_detected, records, skipped_lines)


def read(
    source: Source, stream: ByteStream, fields: Fields, table: Table
) -> Iterator[Row | Reject]:
    """Yield the rows below the header; blank lines are skipped."""
    if not table.names:
        return
    # Reversed, so that of duplicate names the first column remains.
    all_positions = {name: at for at, name in reversed(list(enumerate(table.names)))}
    positions = {name: all_positions[name] for name in fields.columns(table.names)}
    while True:
        line = table.line + 1
        try:
            cells = next(table.records)
            if not cells:
                continue
            if len(cells) != len(table.names):
                raise BadRowError(f"{len(cells)} fields, the header has {len(table.names)}")
            picked = fields.pick({name: cells[at] for name, at in positions.items()})
        except StopIteration:
            return
        except (BadRowError, csv.Error) as error:
            yield _reject(source, line, table.line, error)
        else:
            id_ = picked.id or f"{source.id}:{line}"
            position = source.start + stream.bytes_read()
            yield Row(id_, picked.text, source.name, line, position, picked.kept)


def _read_header(file: TextIOWrapper) -> tuple[str, int, str | None]:
    """Return the header, the number of lines before it and the delimiter that they name."""
    delimiter = None
    skipped = 0
    while header := file.readline():
        if hint := _EXCEL_HINT.fullmatch(header):
            delimiter = hint[1]
        elif not header.isspace():
            break
        skipped += 1
    return header, skipped, delimiter


def _reject(source: Source, first: int, last: int, error: Exception) -> Reject:
    """Return the reject for a record, with all lines that the csv module consumed for it."""
    reason = str(error)
    if isinstance(error, csv.Error):
        lines = f"lines {first} to {last} were" if last > first else f"line {first} was"
        if reason == _UNCLOSED:
            reason = "a quote is opened and never closed"
        reason = f"{reason}; {lines} not read"
    return Reject(source.name, first, reason, last_line=last if last > first else None)


def _usual_delimiter(source: Source) -> str:
    name = source.name.lower()
    return "\t" if name.endswith((".tsv", ".tsv.gz", ".tsv.zst")) else ","


def _detect_delimiter(header: str, fields: Fields, usual: str) -> str:
    """Return the delimiter that makes the needed columns, or else the most columns."""
    candidates = [usual, *(each for each in _DELIMITERS if each != usual)]
    columns = {each: _columns(header, each) for each in candidates}
    for each, names in columns.items():
        if fields.has_columns(names):
            return each
    return max(candidates, key=lambda each: len(columns[each]))


def _columns(header: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []
