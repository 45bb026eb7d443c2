"""What a subject offers to the cases."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

Family = Literal["langchain", "llama_index", "bare"]

KEY = "benchmark"
PROMPT = "What does a berth cost?"

Call = Callable[[], object]
AsyncCall = Callable[[], Coroutine[Any, Any, object]]
OpenStream = Callable[[], Iterable[object]]
OpenAsyncStream = Callable[[], Coroutine[Any, Any, AsyncIterable[object]]]


class Berth(BaseModel):
    """A place for a boat."""

    name: str
    metres: int


class Berths(BaseModel):
    """What the structured cases ask for."""

    berths: list[Berth]


@dataclass(frozen=True, slots=True)
class Subject:
    """One package. Each maker takes the stub's URL and returns what a case then repeats.

    A maker that is None stands for something the package does not offer. `turns` is the number of
    earlier questions and answers in the conversation; `batch` the number of texts in a request.
    Peers are slow and only looked at from afar: they get fewer rounds.
    """

    name: str
    family: Family
    is_peer: bool = False
    construct: Callable[[str], object] | None = None
    call: Callable[[str, int], Call] | None = None
    acall: Callable[[str, int], AsyncCall] | None = None
    stream: Callable[[str], OpenStream] | None = None
    astream: Callable[[str], OpenAsyncStream] | None = None
    tools: Callable[[str], OpenStream] | None = None
    structured: Callable[[str], OpenStream] | None = None
    embed: Callable[[str, int], Callable[[list[str]], object]] | None = None
    agent: Callable[[str], AsyncCall] | None = None
