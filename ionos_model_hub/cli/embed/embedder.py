"""Ask the hub for the vectors of a batch, and find the texts in it that the hub refuses."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from ionos_model_hub.async_client import AsyncClient
from ionos_model_hub.cli.embed.records import Piece, StoppedError
from ionos_model_hub.cli.embed.sinks.sink import Embedded
from ionos_model_hub.errors import (
    BadRequestError,
    ContextOverflowError,
    InvalidRequestError,
    ModelHubError,
    ResponseError,
    ServerError,
)

_MAY_BE_THE_TEXT = (BadRequestError, InvalidRequestError, ResponseError, ServerError)
_KNOWN_GOOD = "Hello"


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of a batch: each piece is in one of the two."""

    embedded: list[Embedded]
    refused: list[tuple[Piece, ModelHubError]]

    @property
    def reached(self) -> int:
        """How far in the inputs the last of them stands."""
        pieces = [piece for piece, _ in (*self.embedded, *self.refused)]
        return max(piece.reached for piece in pieces)

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(self.embedded + other.embedded, self.refused + other.refused)


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for vectors.

    Args:
        client: The transport, which paces and retries.
        model: The embedding model.
        stop_at_too_long: Whether a text that is too long ends the work.
    """

    client: AsyncClient
    model: str
    stop_at_too_long: bool = False

    async def ask(self, batch: Sequence[Piece]) -> Answers:
        """Return the vectors of all texts but those that the hub refuses.

        Raises:
            ModelHubError: The hub failed, not because of a text.
            StoppedError: A text is too long, and that ends the work.
        """
        try:
            return await self._embed(batch)
        except _MAY_BE_THE_TEXT as error:
            if not await self._is_well():
                raise
            return await self._narrow(batch, error)

    async def _embed(self, batch: Sequence[Piece]) -> Answers:
        texts = [piece.text for piece in batch]
        answer = await self.client.embed(texts, model=self.model, batch_size=len(batch))
        # Lists of floats take eight times the memory.
        vectors = (array("f", vector) for vector in answer.vectors)
        return Answers(list(zip(batch, vectors, strict=True)), [])

    async def _is_well(self) -> bool:
        """Tell whether the hub embeds a text that no one can object to."""
        try:
            await self.client.embed([_KNOWN_GOOD], model=self.model)
        except _MAY_BE_THE_TEXT:
            return False
        return True

    async def _narrow(self, batch: Sequence[Piece], error: ModelHubError) -> Answers:
        """Halve a refused batch until the texts are found that are to blame."""
        if len(batch) == 1:
            if self.stop_at_too_long and isinstance(error, ContextOverflowError):
                row = batch[0].row
                raise StoppedError(f"{row.file}, line {row.line}: {error.message}")
            return Answers([], [(batch[0], error)])
        middle = len(batch) // 2
        return await self._retry(batch[:middle]) + await self._retry(batch[middle:])

    async def _retry(self, batch: Sequence[Piece]) -> Answers:
        try:
            return await self._embed(batch)
        except _MAY_BE_THE_TEXT as error:
            return await self._narrow(batch, error)
