"""Select the texts to embed and group them into batches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from ionos_model_hub.cli.embed.records import Reject, Row, TextPart, text_digest
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.sinks.sink import Sink
from ionos_model_hub.cli.embed.token_limits import probably_fits, split
from ionos_model_hub.wire.batching import BATCH_CHARACTERS, BATCH_SIZE

_ROWS_PER_PAUSE = 1000
"""Rows without a request after which the event loop runs other tasks."""


class Pause(Enum):
    """Reasons to let the event loop run other tasks."""

    MANY_ROWS = "many rows without a request"
    NO_INPUT = "no row is available yet"


@dataclass(slots=True)
class Selector:
    """Selects the texts that the output does not have yet.

    Args:
        model: The embedding model.
        index: The vectors in the output and the rows of this run.
        sink: The output.
        limit: Maximum number of tokens of a text, or None if unknown.
        split_long: Whether texts above the limit are split.

    Attributes:
        unchanged: Number of vectors that the output has already.
        bytes_read: Number of bytes of all inputs that were read.
    """

    model: str
    index: ResumeIndex
    sink: Sink
    limit: int | None = None
    split_long: bool = False
    unchanged: int = 0
    bytes_read: int = 0

    def select(
        self, rows: Iterable[Row | Reject | None]
    ) -> Iterator[TextPart | Reject | Pause | None]:
        """Yield texts to embed and rejects; None for each text that is unchanged.

        A None among the rows means that no row is available yet.
        """
        for row in rows:
            if row is None:
                yield Pause.NO_INPUT
            elif isinstance(row, Reject):
                yield row
            else:
                yield from self._select(row)

    def _select(self, row: Row) -> Iterator[TextPart | Reject | None]:
        self.bytes_read = row.bytes_read
        parts = self._parts(row)
        if not self.index.add_row(row.id, len(parts)):
            yield Reject(row.file, row.line, "the id occurred before", row.id)
            return
        for part in parts:
            if self.index.contains(row.id, part.index, part.digest):
                self.unchanged += 1
                yield None
            elif reason := self.sink.rejection_reason(part):
                yield part.reject(reason)
            else:
                yield part

    def _parts(self, row: Row) -> list[TextPart]:
        texts = split(row.text, self.limit) if self.limit and self.split_long else [row.text]
        characters_left = len(row.text)
        parts = []
        for index, text in enumerate(texts):
            characters_left -= len(text)
            is_doubtful = self.limit is not None and not probably_fits(text, self.limit)
            digest = text_digest(self.model, text, row.kept)
            bytes_read = row.bytes_read - characters_left
            parts.append(
                TextPart(row, index, text, bytes_read, digest, is_doubtful, len(texts) > 1)
            )
        return parts


def make_batches(
    selected: Iterable[TextPart | Reject | Pause | None],
    size: int = BATCH_SIZE,
    characters: int = BATCH_CHARACTERS,
) -> Iterator[list[TextPart] | Reject | Pause]:
    """Yield batches of texts to embed; rejects and pauses in between.

    A text that may be too long becomes a batch of its own, so that a rejection costs one request.
    """
    batch: list[TextPart] = []
    batch_characters = rows_without_request = 0
    for item in selected:
        if isinstance(item, Reject | Pause):
            yield item
        if item is None or isinstance(item, Reject):
            rows_without_request += 1
            if rows_without_request % _ROWS_PER_PAUSE == 0:
                yield Pause.MANY_ROWS
        elif isinstance(item, TextPart):
            if item.may_be_too_long:
                yield [item]
                continue
            if batch and (len(batch) == size or batch_characters + len(item.text) > characters):
                yield batch
                batch, batch_characters = [], 0
            batch.append(item)
            batch_characters += len(item.text)
    if batch:
        yield batch
