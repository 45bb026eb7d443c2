"""The interface of a subject, and the schema and tools that all of them use."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Coroutine, Iterable, Mapping
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
    """The output schema of the structured cases."""

    berths: list[Berth]


def write_file(text: str) -> str:
    """Write a file."""
    return "written"


def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"It is sunny in {city}."


@dataclass(frozen=True, slots=True)
class Subject:
    """One package.

    The fields from `construct` on are makers. They accept the URL of the stub and return the
    function that a case repeats (`construct` returns an object). A maker is None if the package
    does not offer the feature. The integer argument is the number of earlier turns in the
    conversation; for `embed`, the number of texts in a request. The mapping argument has settings
    that observe calls. Peers are slow and need less precise figures, so they get fewer rounds.
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
    observed_call: Callable[[str, Mapping[str, Any]], Call] | None = None
    observed_stream: Callable[[str, Mapping[str, Any]], OpenStream] | None = None
