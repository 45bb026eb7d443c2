"""The registry of checks: short functions that assert one behaviour of a package."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms.function_calling import FunctionCallingLLM

from .hub import Hub


class Make(Protocol):
    """Makes the LLM of a package with the settings that users need for a server at `url`."""

    def __call__(self, url: str, **options: Any) -> FunctionCallingLLM: ...


@dataclass(frozen=True)
class Subject:
    """One package under comparison.

    Attributes:
        name: Its name and version.
        make: Makes its LLM.
    """

    name: str
    make: Make


@dataclass
class Bench:
    """The objects that a check uses.

    Attributes:
        subject: The package.
        hub: A new server.
    """

    subject: Subject
    hub: Hub

    def llm(self, **options: Any) -> FunctionCallingLLM:
        """Make the LLM of the package for this server, without retries."""
        return self.subject.make(self.hub.url, **{"max_retries": 0, **options})


@dataclass(frozen=True)
class Check:
    """One assertion.

    Attributes:
        feature: The row of the table.
        name: Its name within the row.
        run: Raises an exception if the check fails.
    """

    feature: str
    name: str
    run: Callable[[Bench], None]


CHECKS: list[Check] = []


def check(feature: str) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    """Register a function as a check of a feature; the check has the name of the function."""

    def register(run: Callable[[Bench], None]) -> Callable[[Bench], None]:
        CHECKS.append(Check(feature, run.__name__.replace("_", " "), run))
        return run

    return register


HELLO = [ChatMessage("Hallo")]


def failure_of(run: Callable[[], object]) -> Exception:
    """Return the error that a call raises; each package has its own error classes."""
    try:
        run()
    except Exception as error:  # noqa: BLE001  # the caller examines it
        return error
    raise AssertionError("No error was raised.")


def achat(llm: FunctionCallingLLM, **options: Any) -> ChatResponse:
    """Return the response of an async call on a new event loop."""
    return asyncio.run(llm.achat(HELLO, **options))


def items(llm: FunctionCallingLLM, **options: Any) -> list[ChatResponse]:
    """Return all responses of a stream."""
    return list(llm.stream_chat(HELLO, **options))


def aitems(stream: Coroutine[Any, Any, AsyncIterator[ChatResponse]]) -> list[ChatResponse]:
    """Return all responses of an async stream, read on a new event loop."""

    async def read() -> list[ChatResponse]:
        return [item async for item in await stream]

    return asyncio.run(read())
