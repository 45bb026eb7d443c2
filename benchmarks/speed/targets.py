"""The targets as data. The report shows whether each is reached, and the measured figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LANGCHAIN = "ours, LangChain"
LLAMA_INDEX = "ours, LlamaIndex"
BARE = "ours, bare"
ALL = (LANGCHAIN, LLAMA_INDEX, BARE)
ADAPTERS = (LANGCHAIN, LLAMA_INDEX)

Measure = Literal["baseline", "tuned", "peer", "cpu", "share", "other case"]


@dataclass(frozen=True)
class Target:
    """A bound on a figure of one case.

    Args:
        case: The case.
        measure: "baseline" and "tuned": CPU time as a multiple of that baseline. "peer": CPU time
            of `other` as a multiple of ours. "cpu": CPU time in the unit of the case. "share": CPU
            time above the baseline, as a fraction of it. "other case": CPU time of a unit as a
            multiple of that in the case `other`. Otherwise: the additional figure of this name.
        bound: The bound.
        is_minimum: Whether it is a lower bound; otherwise it is an upper bound.
        other: See `measure`.
        subjects: The subjects to which the target applies.
    """

    case: str
    measure: Measure | str
    bound: float
    is_minimum: bool = False
    other: str = ""
    subjects: tuple[str, ...] = ADAPTERS


def _peers(case: str, openai: float, mistral: float) -> tuple[Target, ...]:
    subjects = (LANGCHAIN,)
    return (
        Target(case, "peer", openai, is_minimum=True, other="langchain-openai", subjects=subjects),
        Target(
            case, "peer", mistral, is_minimum=True, other="langchain-mistralai", subjects=subjects
        ),
    )


def _throughput(in_flight: int, calls_per_second: float) -> Target:
    case = f"async-{in_flight}"
    return Target(case, "calls/s", calls_per_second, is_minimum=True, subjects=ALL)


_STREAMS = [
    f"{name}-{framing}"
    for name in ("stream", "astream")
    for framing in ("event", "coalesced", "trickle")
]
_EMBEDDINGS = [f"embeddings-{batch}" for batch in (16, 64, 256)]

TARGETS: tuple[Target, ...] = (
    Target("import", "baseline", 1.05),
    Target("import", "sockets", 0, subjects=ALL),
    Target("construct", "cpu", 10.0, subjects=ADAPTERS),
    Target("invoke", "baseline", 1.0, subjects=ALL),
    Target("ainvoke", "baseline", 1.0, subjects=ALL),
    Target("history", "baseline", 1.15, subjects=ALL),
    *(Target(case, "baseline", 1.3, subjects=ALL) for case in _STREAMS),
    *(target for case in _STREAMS[:1] + _STREAMS[3:4] for target in _peers(case, 7, 2)),
    *(Target(f"tools-{size}", "baseline", 1.5, subjects=ALL) for size in (10, 5, 1)),
    Target("tools-1", "other case", 1.5, other="tools-10", subjects=ALL),
    Target("growth-32000", "other case", 1.25, other="growth-500", subjects=ALL),
    *(Target(case, "tuned", 1.1, subjects=ALL) for case in _EMBEDDINGS),
    *(
        Target(case, "peer", 20, is_minimum=True, other=peer, subjects=(own,))
        for case in _EMBEDDINGS
        for own, peer in ((LANGCHAIN, "langchain-openai"), (LLAMA_INDEX, "openai-like"))
    ),
    Target("agent", "share", 0.10),
    _throughput(100, 1200),
    _throughput(1000, 1500),
    Target("async-100", "p99 ms", 150, subjects=ALL),
)
