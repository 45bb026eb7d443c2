"""Choose what has to be embedded, and put it into batches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ionos_model_hub.cli.embed.records import Piece, Reject, Row, digest_of
from ionos_model_hub.cli.embed.resume_index import Ledger
from ionos_model_hub.cli.embed.sinks.sink import Sink
from ionos_model_hub.cli.embed.token_limits import probably_fits, split
from ionos_model_hub.wire.batching import BATCH_CHARACTERS, BATCH_SIZE

_BREATH = 1000
"""Rows after which the event loop gets its turn, where none of them needs a request."""


@dataclass(slots=True)
class Chooser:
    """Goes through the rows.

    Args:
        model: The embedding model.
        ledger: What is there already.
        sink: Where vectors will go.
        limit: Tokens the model takes, or None where unknown.
        splits: Whether texts beyond the limit are cut.

    Attributes:
        unchanged: How many vectors were there and up to date.
        reached: How many bytes of all inputs were read.
    """

    model: str
    ledger: Ledger
    sink: Sink
    limit: int | None = None
    splits: bool = False
    unchanged: int = 0
    reached: int = 0

    def choose(self, rows: Iterable[Row | Reject]) -> Iterator[Piece | Reject | None]:
        """Yield what has to be embedded and what cannot be, and None for each row that is done."""
        for row in rows:
            if isinstance(row, Reject):
                yield row
                continue
            self.reached = row.reached
            pieces = self._pieces(row)
            if not self.ledger.meet(row.id, len(pieces)):
                yield Reject(row.file, row.line, "the id was there before", row.id)
                continue
            for piece in pieces:
                yield self._judged(piece)

    def _judged(self, piece: Piece) -> Piece | Reject | None:
        row = piece.row
        if self.ledger.has(row.id, piece.part, piece.digest):
            self.unchanged += 1
            return None
        if reason := self.sink.objection(piece):
            return Reject(row.file, row.line, reason, row.id)
        return piece

    def _pieces(self, row: Row) -> list[Piece]:
        texts = split(row.text, self.limit) if self.limit and self.splits else [row.text]
        left = len(row.text)
        pieces = []
        for part, text in enumerate(texts):
            left -= len(text)
            doubtful = self.limit is not None and not probably_fits(text, self.limit)
            digest = digest_of(self.model, text)
            pieces.append(Piece(row, part, text, row.reached - left, digest, doubtful))
        return pieces


def batches(
    chosen: Iterable[Piece | Reject | None],
    size: int = BATCH_SIZE,
    characters: int = BATCH_CHARACTERS,
) -> Iterator[list[Piece] | Reject]:
    """Yield batches of what is to embed, and rejects as they come.

    A text that may be too long has a batch of its own, so that its refusal costs one request.
    An empty batch only gives others their turn.
    """
    batch: list[Piece] = []
    filled = passed = 0
    for each in chosen:
        if isinstance(each, Reject):
            yield each
        if each is None or isinstance(each, Reject):
            passed += 1
            if passed % _BREATH == 0:
                yield []
        elif each.may_be_too_long:
            yield [each]
        else:
            if batch and (len(batch) == size or filled + len(each.text) > characters):
                yield batch
                batch, filled = [], 0
            batch.append(each)
            filled += len(each.text)
    if batch:
        yield batch
