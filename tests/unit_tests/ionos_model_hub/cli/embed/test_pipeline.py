"""What came back is kept, whatever ends the work."""

import asyncio
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest

from ionos_model_hub.cli.embed.embedder import Answers
from ionos_model_hub.cli.embed.pipeline import Work
from ionos_model_hub.cli.embed.progress import Counts
from ionos_model_hub.cli.embed.records import Piece, Row, StoppedError
from ionos_model_hub.cli.embed.rejects import Rejects
from ionos_model_hub.cli.embed.resume_index import Ledger
from ionos_model_hub.cli.embed.selection import Chooser
from ionos_model_hub.cli.embed.sinks.sink import Embedded
from ionos_model_hub.errors import ServerError


class Memory:
    """A sink."""

    name = "memory"

    def __init__(self) -> None:
        self.dimensions: int | None = None
        self.commits: list[list[str]] = []
        self.is_finished = False

    def objection(self, piece: Piece) -> str | None:
        return None

    def write(self, embedded: Sequence[Embedded]) -> None:
        self.commits.append([piece.row.id for piece, _ in embedded])

    def finish(self) -> None:
        self.is_finished = True

    def close(self) -> None:
        pass


class Silent:
    """A progress that keeps what it was told last."""

    told: tuple[int, Counts] | None = None

    def update(self, reached: int, counts: Counts) -> None:
        self.told = reached, counts


class Hub:
    """Answers all but the batch of a row that breaks it, which waits until the others are done."""

    model = "m"

    def __init__(self, breaks: str = "", odd: str = "") -> None:
        self._breaks, self._odd = breaks, odd
        self._answered = asyncio.Event()

    async def ask(self, batch: Sequence[Piece]) -> Answers:
        ids = [piece.row.id for piece in batch]
        if self._breaks in ids:
            await self._answered.wait()
            raise ServerError("It is down.")
        self._answered.set()
        return Answers(
            [(piece, array("f", [1.0] * (2 + (piece.row.id == self._odd)))) for piece in batch], []
        )


def work(ledger: Ledger, sink: Memory, hub: Hub, path: Path) -> Work:
    chooser = Chooser("m", ledger, sink)
    return Work(
        chooser,
        hub,  # type: ignore[arg-type]
        sink,
        Rejects(path),
        Silent(),  # type: ignore[arg-type]
        batch_size=2,
        concurrency=2,
        commit_every=3,
    )


def rows(count: int) -> list[Row]:
    return [Row(str(number), f"text {number}", "a", number + 1, number) for number in range(count)]


async def test_vectors_are_committed_in_order_and_in_equal_numbers(tmp_path: Path) -> None:
    sink = Memory()
    with Ledger() as ledger:
        working = work(ledger, sink, Hub(), tmp_path / "r")
        await working.run(rows(7))
    assert sink.commits == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert sink.is_finished
    assert working.kept == 7


async def test_what_was_answered_beside_a_failure_is_kept(tmp_path: Path) -> None:
    sink = Memory()
    with Ledger() as ledger:
        working = work(ledger, sink, Hub(breaks="0"), tmp_path / "r")
        with pytest.raises(ServerError):
            await working.run(rows(4))
    assert sink.commits == [["2", "3"]]
    assert not sink.is_finished
    assert working.counts == Counts(2, 0, 0)


async def test_a_vector_of_another_length_ends_the_work(tmp_path: Path) -> None:
    sink = Memory()
    with Ledger() as ledger:
        working = work(ledger, sink, Hub(odd="1"), tmp_path / "r")
        with pytest.raises(StoppedError, match="a vector of 3 numbers, memory takes 2"):
            await working.run(rows(2))
    assert sink.commits == [["0"]]


async def test_progress_is_told_while_nothing_is_to_do(tmp_path: Path) -> None:
    sink = Memory()
    with Ledger() as ledger:
        working = work(ledger, sink, Hub(), tmp_path / "r")
        pieces = [each for each in working.chooser.choose(rows(2500)) if isinstance(each, Piece)]
        with Ledger() as later:
            later.keep((piece.row.id, 0, piece.digest) for piece in pieces)
            again = work(later, sink, Hub(), tmp_path / "r")
            await again.run(rows(2500))
    assert sink.commits == []
    assert isinstance(again.progress, Silent)
    assert again.progress.told == (1999, Counts(0, 2000, 0))
