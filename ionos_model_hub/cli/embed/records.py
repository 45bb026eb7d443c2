"""The data that passes through `embed`: rows, rejects and the texts that become vectors."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

WRITTEN_BY = "ionos-model-hub embed"
"""Name of the command, also in the files that it writes."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text of an input.

    Attributes:
        id: Identifies the text in the output; unique over all inputs.
        text: The text; never blank.
        file: Name of the input.
        line: Its first line, starting at 1. In Parquet files the number of the row; 0 if the
            text is a whole file.
        bytes_read: Number of bytes of all inputs that were read up to the end of the row.
        kept: Values of the columns that are copied to the output.
    """

    id: str
    text: str
    file: str
    line: int
    bytes_read: int
    kept: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """A row, or a part of one, that is not embedded.

    Attributes:
        file: Name of the input.
        line: Its first line, as in `Row`.
        reason: Why it is not embedded.
        id: Its id, or None if it could not be read.
        last_line: The last line of a row that extends over several lines, else None.
        part: Number of the part, starting at 0, if the row was split, else None.
    """

    file: str
    line: int
    reason: str
    id: str | None = None
    last_line: int | None = None
    part: int | None = None

    def __str__(self) -> str:
        place = self.file
        if self.last_line is not None:
            place += f", lines {self.line} to {self.last_line}"
        elif self.line:
            place += f", line {self.line}"
        if self.part is not None:
            place += f", part {self.part}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text that becomes one vector: that of a row, or a part of it.

    Attributes:
        row: The row.
        index: Number of the part within the row, starting at 0.
        text: The text to embed.
        bytes_read: Number of bytes of all inputs that were read up to the end of the part.
        digest: Changes with the text, the model and the values that are copied to the output.
        may_be_too_long: Whether the text could be too long for the model.
        is_split: Whether the row has other parts.
    """

    row: Row
    index: int
    text: str
    bytes_read: int
    digest: bytes
    may_be_too_long: bool = False
    is_split: bool = False

    def reject(self, reason: str) -> Reject:
        """Return the reject for this part."""
        row = self.row
        part = self.index if self.is_split else None
        return Reject(row.file, row.line, reason, row.id, part=part)


def text_digest(model: str, text: str, kept: Sequence[object] = ()) -> bytes:
    """Return 16 bytes that identify a text, the model and the values copied to the output."""
    content = f"{model}\0{text}"
    if kept:
        content += f"\0{json.dumps(kept, ensure_ascii=False, default=str)}"
    return blake2b(content.encode(), digest_size=16).digest()
