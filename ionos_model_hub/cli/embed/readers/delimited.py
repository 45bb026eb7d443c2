"""Rows of CSV and TSV."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING

from ionos_model_hub.cli.embed.readers.fields import BadRowError, Fields
from ionos_model_hub.cli.embed.readers.lines import LONGEST
from ionos_model_hub.cli.embed.readers.sources import Source
from ionos_model_hub.cli.embed.records import Reject, Row, UsageError

if TYPE_CHECKING:
    from _csv import Reader

Position = Callable[[], int]
"""Tells how many bytes were read."""


def columns(source: Source, encoding: str, delimiter: str) -> list[str]:
    """Return the names in the first line; raises UsageError where it cannot be read."""
    with _opened(source, encoding, delimiter) as (table, _):
        try:
            return next(table, [])
        except csv.Error as error:
            raise UsageError(f"{source.name}: the first line cannot be read: {error}.") from None


def read(source: Source, fields: Fields, encoding: str, delimiter: str) -> Iterator[Row | Reject]:
    """Yield the rows below the first line; blank lines are none."""
    with _opened(source, encoding, delimiter) as (table, position):
        names = next(table, [])
        while True:
            line = table.line_num + 1
            try:
                cells = next(table)
                if not cells:
                    continue
                if len(cells) != len(names):
                    raise BadRowError(f"{len(cells)} fields, the first line has {len(names)}")
                known, text = fields.pick(dict(zip(names, cells, strict=True)))
            except StopIteration:
                return
            except (BadRowError, csv.Error) as error:
                yield Reject(source.name, line, str(error))
            else:
                id_ = known or f"{source.name}:{line}"
                yield Row(id_, text, source.name, line, source.start + position())


@contextmanager
def _opened(source: Source, encoding: str, delimiter: str) -> "Iterator[tuple[Reader, Position]]":
    csv.field_size_limit(LONGEST)
    codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    # What cannot be decoded stays recognisable, and spoils its own row only.
    with (
        source.path.open("rb") as raw,
        TextIOWrapper(raw, codec, errors="surrogateescape", newline="") as file,
    ):
        yield csv.reader(file, delimiter=delimiter, strict=True), raw.tell
