"""What passes through the command: a row that was read, or the reason why it cannot be used."""

from dataclasses import dataclass
from hashlib import blake2b


class StoppedError(Exception):
    """The work cannot go on; what was committed stays."""


class UsageError(Exception):
    """The command was called in a way that cannot work; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text and where it stands.

    Attributes:
        id: What the text is known by in the output; unique over all inputs.
        text: The text, not blank.
        file: The file it was read from.
        line: Its first line, from 1; in Parquet its row; 0 where it is the whole file.
        reached: How many bytes of all inputs were read when it had been.
    """

    id: str
    text: str
    file: str
    line: int
    reached: int


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is not embedded; `id` is None where it cannot be told."""

    file: str
    line: int
    reason: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """What becomes one vector: a row's text, or a part of it.

    Attributes:
        row: Where it comes from.
        part: Its number within the row, from 0.
        text: What is embedded.
        reached: How many bytes of all inputs were read to its end.
        digest: Changes with the text and the model.
        may_be_too_long: Whether it could be longer than the model takes.
    """

    row: Row
    part: int
    text: str
    reached: int
    digest: bytes
    may_be_too_long: bool = False


def digest_of(model: str, text: str) -> bytes:
    """Return 16 bytes that tell whether a vector of this text by this model is there already."""
    return blake2b(f"{model}\0{text}".encode(), digest_size=16).digest()
