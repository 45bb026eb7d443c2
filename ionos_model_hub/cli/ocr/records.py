"""The data of `ocr`: documents, pages in the output, and rejects."""

from dataclasses import dataclass
from pathlib import Path

WRITTEN_BY = "ionos-model-hub ocr"
"""Name of the command, also in the files that it writes."""


@dataclass(frozen=True, slots=True)
class Input:
    """A document to read.

    Attributes:
        path: Its path.
        source: Its name in the output: the path relative to the working directory, or the absolute
            path if it is outside.
        name: Its path in the output, without the suffixes that are added.
        size: Size of the file in bytes.
    """

    path: Path
    source: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Reject:
    """A page, or a document, that was not read.

    Attributes:
        source: Name of the document.
        page: Number of the page, or None for the whole document.
        reason: Why it was not read.
    """

    source: str
    page: int | None
    reason: str

    def __str__(self) -> str:
        page = "" if self.page is None else f", page {self.page}"
        return f"{self.source}{page}: {self.reason}"
