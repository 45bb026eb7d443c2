"""What every kind of output can do."""

from array import array
from collections.abc import Sequence
from typing import Protocol

from ionos_model_hub.cli.embed.records import Piece

Embedded = tuple[Piece, "array[float]"]
"""A piece and its vector, as float32."""


class Sink(Protocol):
    """An output, which is also the only record of what is done.

    Attributes:
        name: What the output is called when it is told of; holds no password.
        dimensions: Length of the vectors it takes; None until the first.
    """

    name: str
    dimensions: int | None

    def objection(self, piece: Piece) -> str | None:
        """Return why this output cannot hold a text, or None if it can."""

    def write(self, embedded: Sequence[Embedded]) -> None:
        """Commit vectors: after this, no kill loses them."""

    def finish(self) -> None:
        """Bring the output into its final form, once all input was read."""

    def close(self) -> None:
        """Let go of files, connections and locks."""
