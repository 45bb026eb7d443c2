"""Embed rows: several requests in flight at once, vectors committed in the order of the input."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ionos_model_hub.cli.common.errors import RunStoppedError, UsageError
from ionos_model_hub.cli.common.progress import Counts, Progress
from ionos_model_hub.cli.common.rejects import RejectFile
from ionos_model_hub.cli.embed.embedder import BatchResult, Embedder
from ionos_model_hub.cli.embed.records import Reject, Row, TextPart
from ionos_model_hub.cli.embed.selection import Pause, Selector, make_batches
from ionos_model_hub.cli.embed.sinks.sink import Embedded, Sink
from ionos_model_hub.errors import ContextOverflowError, ModelHubError

_INPUT_POLL_SECONDS = 0.02


@dataclass(slots=True)
class Pipeline:
    """Embeds rows.

    Args:
        selector: Selects the texts to embed.
        embedder: Requests their vectors.
        sink: Stores the vectors.
        rejects: Lists texts that are not embedded.
        progress: Shows the progress.
        batch_size: Number of texts per request.
        concurrency: Number of requests in flight at once.
        commit_every: Number of vectors that are committed together.

    Attributes:
        committed: Number of vectors that were committed.
    """

    selector: Selector
    embedder: Embedder
    sink: Sink
    rejects: RejectFile
    progress: Progress
    batch_size: int
    concurrency: int
    commit_every: int
    committed: int = 0
    _pending: list[Embedded] = field(default_factory=list)
    _in_flight: deque[asyncio.Task[BatchResult]] = field(default_factory=deque)

    @property
    def counts(self) -> Counts:
        """Number of vectors received, unchanged and missing."""
        embedded = self.committed + len(self._pending)
        return Counts(embedded, self.selector.unchanged, self.rejects.count)

    async def run(self, rows: Iterable[Row | Reject | None]) -> None:
        """Embed all rows. However it ends, received vectors are committed.

        Raises:
            ModelHubError: The hub failed.
            RunStoppedError: The run cannot continue.
            UsageError: The hub returns vectors of another length than those in the output.
        """
        try:
            for batch in make_batches(self.selector.select(rows), self.batch_size):
                if isinstance(batch, Reject):
                    self.rejects.add(batch)
                elif isinstance(batch, Pause):
                    await self._pause(batch)
                else:
                    await self._start(batch)
            while self._in_flight:
                await self._take_oldest()
        finally:
            await self._shut_down()

    async def _pause(self, reason: Pause) -> None:
        await asyncio.sleep(_INPUT_POLL_SECONDS if reason is Pause.NO_INPUT else 0)
        while self._in_flight and self._in_flight[0].done():
            await self._take_oldest()
        if not self._in_flight:
            self.progress.update(self.selector.bytes_read, self.counts)

    async def _start(self, batch: Sequence[TextPart]) -> None:
        while len(self._in_flight) >= self.concurrency:
            await self._take_oldest()
        self._in_flight.append(asyncio.create_task(self.embedder.embed(batch)))

    async def _take_oldest(self) -> None:
        """Wait for the batch that was sent first, so that the output has the input's order."""
        result = await self._in_flight[0]
        self._in_flight.popleft()
        self._take(result)

    def _take(self, result: BatchResult) -> None:
        for part, error in result.rejected:
            self.rejects.add(_reject(part, error))
        for part, vector in result.embedded:
            self._check_length(part, len(vector))
            self._pending.append((part, vector))
            if len(self._pending) == self.commit_every:
                self._commit()
        self.progress.update(result.bytes_read, self.counts)

    def _check_length(self, part: TextPart, length: int) -> None:
        first = len(self._pending[0][1]) if self._pending else None
        expected = self.sink.dimensions or first or length
        if length == expected:
            return
        if self.sink.dimensions and not self.committed and not self._pending:
            raise UsageError(
                f"{self.sink.name} has vectors of {expected:,} dimensions, the server returns "
                f"{length:,} for {self.embedder.model}. Write to another output, or pass the "
                "model and server that the output was made with."
            )
        raise RunStoppedError(
            f"{part.row.file}, line {part.row.line}: the server returned a vector of {length:,} "
            f"dimensions, others have {expected:,}."
        )

    def _commit(self) -> None:
        if self._pending:
            self.sink.write(self._pending)
            self.committed += len(self._pending)
            self._pending = []

    async def _shut_down(self) -> None:
        """Commit received vectors; cancel requests, which are in flight only after a failure."""
        for task in self._in_flight:
            task.cancel()
        try:
            for result in await asyncio.gather(*self._in_flight, return_exceptions=True):
                if isinstance(result, BatchResult):
                    self._take(result)
        finally:
            self._commit()


def _reject(part: TextPart, error: ModelHubError) -> Reject:
    hint = " Split it with --too-long split." if isinstance(error, ContextOverflowError) else ""
    return part.reject(f"rejected: {error.message}{hint}")
