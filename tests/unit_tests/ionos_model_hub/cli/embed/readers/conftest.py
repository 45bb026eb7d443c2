"""Read files of all formats."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.embed.readers.reader import Reader
from ionos_model_hub.cli.embed.readers.sources import find_inputs
from ionos_model_hub.cli.embed.records import Reject, Row

Read = Callable[..., list[Row | Reject]]


def read_file(path: Path, reader: Reader | None = None) -> list[Row | Reject]:
    """Return the rows of a file or folder."""
    reader = reader or Reader()
    sources = find_inputs([str(path)], Notices()).sources
    reader.check(sources)
    return list(reader.read([source.with_id(Path.cwd()) for source in sources]))


@pytest.fixture
def read() -> Read:
    return read_file


def rows(found: list[Row | Reject]) -> list[tuple[str, str]]:
    """Return id and text of rows; there must be no rejects."""
    assert not [each for each in found if isinstance(each, Reject)], found
    return [(row.id, row.text) for row in found if isinstance(row, Row)]


def row(found: list[Row | Reject], index: int = 0) -> Row:
    """Return one of the rows."""
    item = found[index]
    assert isinstance(item, Row), item
    return item


def reject(found: list[Row | Reject], index: int = 0) -> Reject:
    """Return one of the rejects."""
    item = found[index]
    assert isinstance(item, Reject), item
    return item
