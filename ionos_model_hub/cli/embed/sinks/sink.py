"""The interface of outputs."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.embed.records import TextPart

Embedded = tuple[TextPart, "array[float]"]
"""A text and its vector, as float32."""


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """The contents of an output, and whether it is only read.

    Attributes:
        model: The embedding model.
        keep: Columns of the inputs that are copied, with their Arrow types.
        read_only: Whether the output is only read, as by --dry-run.
    """

    model: str
    keep: Mapping[str, pa.DataType] = field(default_factory=dict)
    read_only: bool = False


class Sink(Protocol):
    """An output. It is also the only record of the vectors that exist.

    Attributes:
        name: Name for messages, without passwords.
        dimensions: Length of its vectors; None if it has none yet.
        base: Digest of the folder that ids of files are relative to; None if unknown.
    """

    name: str
    dimensions: int | None
    base: str | None

    @property
    def location(self) -> str:
        """Where the committed vectors are, for messages."""

    @property
    def has_vectors(self) -> bool:
        """Whether the output exists and has vectors."""

    def rejection_reason(self, part: TextPart) -> str | None:
        """Return why this output cannot store a text, or None if it can."""

    def write(self, embedded: Sequence[Embedded]) -> None:
        """Commit vectors: after this call, no kill loses them."""

    def finish(self) -> None:
        """Bring the output into its final form after all inputs were read."""

    def close(self) -> None:
        """Release files, connections and locks."""


def check_model(name: str, found: str, model: str) -> None:
    """Raise UsageError if an output has vectors of another model."""
    if found != model:
        raise UsageError(
            f"{name} has vectors of {found}, which cannot be compared with those of {model}. "
            f"Pass --model {found}, or write to another output."
        )


def check_kept(name: str, found: Sequence[str], keep: Sequence[str]) -> None:
    """Raise UsageError if the copied columns of an output are not those of this run."""
    if list(found) != list(keep):
        written = f"with --keep {','.join(found)}" if found else "without --keep"
        fix = f"Pass --keep {','.join(found)}" if found else "Omit --keep"
        raise UsageError(f"{name} was written {written}. {fix}, or write to another output.")
