"""The work itself: rows in, batches under way side by side, vectors committed in order."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ionos_model_hub.cli.embed.embedder import Answers, Asker
from ionos_model_hub.cli.embed.progress import Counts, Progress
from ionos_model_hub.cli.embed.records import Piece, Reject, Row, StoppedError
from ionos_model_hub.cli.embed.rejects import Rejects
from ionos_model_hub.cli.embed.selection import Chooser, batches
from ionos_model_hub.cli.embed.sinks.sink import Embedded, Sink
from ionos_model_hub.errors import ContextOverflowError, ModelHubError


@dataclass(slots=True)
class Work:
    """Embeds rows.

    Args:
        chooser: Decides what has to be embedded.
        asker: Asks the hub.
        sink: Keeps vectors.
        rejects: Lists what is not embedded.
        progress: Is told how far it got.
        batch_size: Texts in one request.
        concurrency: Requests under way at once.
        commit_every: Vectors that are committed together.

    Attributes:
        kept: Vectors committed.
    """

    chooser: Chooser
    asker: Asker
    sink: Sink
    rejects: Rejects
    progress: Progress
    batch_size: int
    concurrency: int
    commit_every: int
    kept: int = 0
    _held: list[Embedded] = field(default_factory=list)
    _under_way: deque[asyncio.Task[Answers]] = field(default_factory=deque)

    @property
    def counts(self) -> Counts:
        """How many vectors came, were there already, or did not come."""
        return Counts(self.kept + len(self._held), self.chooser.unchanged, self.rejects.count)

    async def run(self, rows: Iterable[Row | Reject]) -> None:
        """Embed all rows; however this ends, what came back from the hub is committed.

        Raises:
            ModelHubError: The hub failed.
            StoppedError: The work cannot go on.
        """
        try:
            for batch in batches(self.chooser.choose(rows), self.batch_size):
                if isinstance(batch, Reject):
                    self.rejects.add(batch)
                else:
                    await self._start(batch)
            while self._under_way:
                await self._take_oldest()
        finally:
            await self._wind_up()
        self.sink.finish()

    async def _start(self, batch: Sequence[Piece]) -> None:
        if not batch:
            await asyncio.sleep(0)
            if not self._under_way:
                self.progress.update(self.chooser.reached, self.counts)
            return
        while len(self._under_way) >= self.concurrency:
            await self._take_oldest()
        self._under_way.append(asyncio.create_task(self.asker.ask(batch)))

    async def _take_oldest(self) -> None:
        """Wait for the batch that was sent first, so that the output has the input's order."""
        answers = await self._under_way[0]
        self._under_way.popleft()
        self._take(answers)

    def _take(self, answers: Answers) -> None:
        for piece, error in answers.refused:
            self.rejects.add(_reject(piece, error))
        for piece, vector in answers.embedded:
            self._check(len(vector))
            self._held.append((piece, vector))
            if len(self._held) == self.commit_every:
                self._commit()
        self.progress.update(answers.reached, self.counts)

    def _check(self, dimensions: int) -> None:
        held = len(self._held[0][1]) if self._held else None
        wanted = self.sink.dimensions or held or dimensions
        if dimensions != wanted:
            raise StoppedError(
                f"{self.asker.model} gave a vector of {dimensions} numbers, "
                f"{self.sink.name} takes {wanted}."
            )

    def _commit(self) -> None:
        if self._held:
            self.sink.write(self._held)
            self.kept += len(self._held)
            self._held = []

    async def _wind_up(self) -> None:
        """Keep what has come; stop the rest, of which there is some after a failure only."""
        for task in self._under_way:
            task.cancel()
        try:
            for answers in await asyncio.gather(*self._under_way, return_exceptions=True):
                if isinstance(answers, Answers):
                    self._take(answers)
        finally:
            self._commit()


def _reject(piece: Piece, error: ModelHubError) -> Reject:
    hint = " Cut it with --too-long split." if isinstance(error, ContextOverflowError) else ""
    row = piece.row
    return Reject(row.file, row.line, f"refused: {error.message}{hint}", row.id)
