"""Request the vectors of a batch and find the texts in it that the hub rejects."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from ionos_model_hub.async_client import AsyncClient
from ionos_model_hub.cli.common.errors import RunStoppedError
from ionos_model_hub.cli.embed.records import TextPart
from ionos_model_hub.cli.embed.sinks.sink import Embedded
from ionos_model_hub.errors import (
    BadRequestError,
    ContextOverflowError,
    InvalidRequestError,
    ModelHubError,
    ResponseError,
    ServerError,
)
from ionos_model_hub.wire.batching import isolate_failures

_POSSIBLE_REJECTIONS = (BadRequestError, InvalidRequestError, ResponseError, ServerError)
"""Errors that one text of a batch may cause."""

_HARMLESS_TEXT = "Hello"


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The texts of a batch, each in one of the lists.

    Attributes:
        embedded: Texts with their vectors.
        rejected: Texts with the errors that they cause.
    """

    embedded: list[Embedded]
    rejected: list[tuple[TextPart, ModelHubError]]

    @property
    def bytes_read(self) -> int:
        """Number of bytes of all inputs up to the end of the last text."""
        parts = [part for part, _ in (*self.embedded, *self.rejected)]
        return max(part.bytes_read for part in parts)


@dataclass(frozen=True, slots=True)
class Embedder:
    """Requests vectors.

    Args:
        client: The client, which limits the rate and retries.
        model: The embedding model.
        stop_at_long_text: Whether a text that is too long ends the run.
    """

    client: AsyncClient
    model: str
    stop_at_long_text: bool = False

    async def embed(self, batch: Sequence[TextPart]) -> BatchResult:
        """Return the vectors of a batch; rejected texts do not affect others.

        Raises:
            ModelHubError: The hub failed for another reason than a text. A note of the error names
                the rows of the batch.
            RunStoppedError: A text is too long, and that ends the run.
        """
        try:
            return self._result(batch, await self._vectors(batch))
        except ModelHubError as error:
            error.add_note(f"The request was for {_location(batch)}.")
            raise

    async def _vectors(self, batch: Sequence[TextPart]) -> "Sequence[array[float] | ModelHubError]":
        """Return for each text its vector, or the error it is rejected with."""
        try:
            return await self._request(batch)
        except _POSSIBLE_REJECTIONS as error:
            if (cause := await self._harmless_text_error()) is not None:
                # The hub rejects every text: the texts of the batch are not the reason.
                raise cause from None
            return await isolate_failures(batch, error, self._request, _POSSIBLE_REJECTIONS)

    def _result(
        self, batch: Sequence[TextPart], vectors: Sequence["array[float] | ModelHubError"]
    ) -> BatchResult:
        result = BatchResult([], [])
        for part, vector in zip(batch, vectors, strict=True):
            if not isinstance(vector, ModelHubError):
                result.embedded.append((part, vector))
            elif self.stop_at_long_text and isinstance(vector, ContextOverflowError):
                raise RunStoppedError(str(part.reject(vector.message)))
            else:
                result.rejected.append((part, vector))
        return result

    async def _request(self, batch: Sequence[TextPart]) -> list["array[float]"]:
        texts = [part.text for part in batch]
        embeddings = await self.client.embed(texts, model=self.model, batch_size=len(batch))
        # Lists of floats use eight times as much memory.
        return [array("f", vector) for vector in embeddings.vectors]

    async def _harmless_text_error(self) -> ModelHubError | None:
        """Return the error for a text that the hub has no reason to reject, or None."""
        try:
            await self.client.embed([_HARMLESS_TEXT], model=self.model)
        except _POSSIBLE_REJECTIONS as error:
            return error
        return None


def _location(batch: Sequence[TextPart]) -> str:
    """Return the rows of a batch, for messages."""
    first, last = batch[0].row, batch[-1].row
    if first.file != last.file:
        return f"{first.file}, line {first.line}, to {last.file}, line {last.line}"
    lines = f"lines {first.line} to {last.line}" if last.line > first.line else f"line {first.line}"
    return f"{first.file}, {lines}"
