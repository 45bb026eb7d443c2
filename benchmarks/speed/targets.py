"""The targets, as data. Each is actual reached or missed, with the figure that was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LANGCHAIN = "ours, LangChain"
LLAMA_INDEX = "ours, LlamaIndex"
BARE = "ours, bare"
ALL = (LANGCHAIN, LLAMA_INDEX, BARE)
ADAPTERS = (LANGCHAIN, LLAMA_INDEX)

Measure = Literal["floor", "tight", "peer", "cpu", "share", "other case"]


@dataclass(frozen=True)
class Target:
    """A bound on a figure of one case.

    Args:
        case: The case.
        what: "floor" and "tight": CPU time as a multiple of that floor. "peer": how many times the
            CPU time of `other` ours is less. "cpu": CPU time in the case's unit. "share": what is
            added to the floor, as a part of it. "other case": CPU time of a unit as a multiple of
            that in the case `other`. Anything else: a further figure of that name.
        bound: The bound.
        least: Whether it is a lower bound; else it is an upper one.
        other: See `what`.
        subjects: Whom it binds.
    """

    case: str
    what: Measure | str
    bound: float
    least: bool = False
    other: str = ""
    subjects: tuple[str, ...] = ADAPTERS


def _peers(case: str, openai: float, mistral: float) -> tuple[Target, ...]:
    own = (LANGCHAIN,)
    return (
        Target(case, "peer", openai, least=True, other="langchain-openai", subjects=own),
        Target(case, "peer", mistral, least=True, other="langchain-mistralai", subjects=own),
    )


def _at_once(in_flight: int, calls_a_second: float) -> Target:
    case = f"async-{in_flight}"
    return Target(case, "calls/s", calls_a_second, least=True, subjects=ALL)


_STREAMS = [
    f"{name}-{framing}"
    for name in ("stream", "astream")
    for framing in ("event", "coalesced", "trickle")
]
_EMBEDDINGS = [f"embeddings-{batch}" for batch in (16, 64, 256)]

TARGETS: tuple[Target, ...] = (
    Target("import", "floor", 1.05),
    Target("import", "sockets", 0, subjects=ALL),
    Target("construct", "cpu", 10.0, subjects=ADAPTERS),
    Target("invoke", "floor", 1.0, subjects=ALL),
    Target("ainvoke", "floor", 1.0, subjects=ALL),
    Target("history", "floor", 1.15, subjects=ALL),
    *(Target(case, "floor", 1.3, subjects=ALL) for case in _STREAMS),
    *(target for case in _STREAMS[:1] + _STREAMS[3:4] for target in _peers(case, 7, 2)),
    *(Target(f"tools-{size}", "floor", 1.5, subjects=ALL) for size in (10, 5, 1)),
    Target("tools-1", "other case", 1.5, other="tools-10", subjects=ALL),
    Target("growth-32000", "other case", 1.25, other="growth-500", subjects=ALL),
    *(Target(case, "tight", 1.1, subjects=ALL) for case in _EMBEDDINGS),
    *(
        Target(case, "peer", 20, least=True, other=peer, subjects=(own,))
        for case in _EMBEDDINGS
        for own, peer in ((LANGCHAIN, "langchain-openai"), (LLAMA_INDEX, "openai-like"))
    ),
    Target("agent", "share", 0.10),
    _at_once(100, 1200),
    _at_once(1000, 1500),
    Target("async-100", "p99 ms", 150, subjects=ALL),
)
