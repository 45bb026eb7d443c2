"""Received vectors are committed, however a run ends."""

import asyncio
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest

from ionos_model_hub.cli.common.errors import RunStoppedError, UsageError
from ionos_model_hub.cli.common.progress import Counts
from ionos_model_hub.cli.common.rejects import RejectFile
from ionos_model_hub.cli.embed.embedder import BatchResult
from ionos_model_hub.cli.embed.pipeline import Pipeline
from ionos_model_hub.cli.embed.records import WRITTEN_BY, Row, TextPart
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.selection import Selector
from ionos_model_hub.cli.embed.sinks.sink import Embedded
from ionos_model_hub.errors import ServerError


class MemorySink:
    """A sink that records the ids of each commit."""

    name = "memory"

    def __init__(self, dimensions: int | None = None) -> None:
        self.dimensions = dimensions
        self.commits: list[list[str]] = []

    def rejection_reason(self, part: TextPart) -> str | None:
        return None

    def write(self, embedded: Sequence[Embedded]) -> None:
        self.commits.append([part.row.id for part, _ in embedded])


class LastProgress:
    """A progress display that records the last update."""

    last: tuple[int, Counts] | None = None

    def update(self, bytes_read: int, counts: Counts) -> None:
        self.last = bytes_read, counts


class FakeEmbedder:
    """Returns vectors of two numbers.

    Args:
        failing: Id of a row whose batch fails after the other batches are done.
        odd: Id of a row that gets a vector of three numbers.
    """

    model = "m"

    def __init__(self, failing: str = "", odd: str = "") -> None:
        self._failing, self._odd = failing, odd
        self._others_done = asyncio.Event()

    async def embed(self, batch: Sequence[TextPart]) -> BatchResult:
        ids = [part.row.id for part in batch]
        if self._failing in ids:
            await self._others_done.wait()
            raise ServerError("It is down.")
        self._others_done.set()
        vectors = (array("f", [1.0] * (2 + (id_ == self._odd))) for id_ in ids)
        return BatchResult(list(zip(batch, vectors, strict=True)), [])


def make_pipeline(
    index: ResumeIndex, sink: MemorySink, embedder: FakeEmbedder, path: Path
) -> Pipeline:
    return Pipeline(
        Selector("m", index, sink),  # type: ignore[arg-type]
        embedder,  # type: ignore[arg-type]
        sink,  # type: ignore[arg-type]
        RejectFile(path, WRITTEN_BY),
        LastProgress(),  # type: ignore[arg-type]
        batch_size=2,
        concurrency=2,
        commit_every=3,
    )


def rows(count: int) -> list[Row]:
    return [Row(str(number), f"text {number}", "a", number + 1, number) for number in range(count)]


async def test_vectors_are_committed_in_order_and_in_equal_numbers(tmp_path: Path) -> None:
    sink = MemorySink()
    with ResumeIndex() as index:
        pipeline = make_pipeline(index, sink, FakeEmbedder(), tmp_path / "r")
        await pipeline.run(rows(7))
    assert sink.commits == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert pipeline.committed == 7


async def test_vectors_received_before_a_failure_are_committed(tmp_path: Path) -> None:
    sink = MemorySink()
    with ResumeIndex() as index:
        pipeline = make_pipeline(index, sink, FakeEmbedder(failing="0"), tmp_path / "r")
        with pytest.raises(ServerError):
            await pipeline.run(rows(4))
    assert sink.commits == [["2", "3"]]
    assert pipeline.counts == Counts(2, 0, 0)


async def test_vector_of_another_length_ends_the_run(tmp_path: Path) -> None:
    sink = MemorySink()
    with ResumeIndex() as index:
        pipeline = make_pipeline(index, sink, FakeEmbedder(odd="1"), tmp_path / "r")
        with pytest.raises(
            RunStoppedError, match=r"a, line 2: .* a vector of 3 dimensions, others have 2"
        ):
            await pipeline.run(rows(2))
    assert sink.commits == [["0"]]


async def test_vectors_of_another_length_than_the_output_are_refused(tmp_path: Path) -> None:
    sink = MemorySink(dimensions=1024)
    with ResumeIndex() as index:
        pipeline = make_pipeline(index, sink, FakeEmbedder(), tmp_path / "r")
        with pytest.raises(UsageError, match="memory has vectors of 1,024 dimensions, the server"):
            await pipeline.run(rows(9))
    assert sink.commits == []


async def test_progress_is_updated_while_all_rows_are_unchanged(tmp_path: Path) -> None:
    sink = MemorySink()
    with ResumeIndex() as index:
        pipeline = make_pipeline(index, sink, FakeEmbedder(), tmp_path / "r")
        selected = pipeline.selector.select(rows(2500))
        parts = [each for each in selected if isinstance(each, TextPart)]
        with ResumeIndex() as later:
            later.add_vectors((part.row.id, 0, part.digest) for part in parts)
            again = make_pipeline(later, sink, FakeEmbedder(), tmp_path / "r")
            await again.run(rows(2500))
    assert sink.commits == []
    assert isinstance(again.progress, LastProgress)
    assert again.progress.last == (1999, Counts(0, 2000, 0))
