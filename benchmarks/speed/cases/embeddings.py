"""Embed 2,048 texts in batches of several sizes."""

from __future__ import annotations

from functools import partial

from benchmarks.speed.cases.base import TUNED_BASELINES, Bench, Case, Work
from benchmarks.speed.subjects.base import Subject

TEXTS = 2048
BATCHES = (16, 64, 256)


def _embed(batch: int, bench: Bench, subject: Subject) -> Work | None:
    if subject.embed is None:
        return None
    embed = subject.embed(bench.stub.url(f"embed.{batch}"), batch)
    texts = [f"Berth number {number} costs two euros a metre." for number in range(TEXTS)]

    def work() -> None:
        embed(texts)

    return work


CASES = tuple(
    Case(
        f"embeddings-{batch}",
        f"embeddings of {TEXTS:,} texts x 1,024, {batch} in a request",
        1,
        "run",
        partial(_embed, batch),
        scale=(1e3, "ms"),
        tuned=TUNED_BASELINES,
        max_rounds=4,
    )
    for batch in BATCHES
)
