"""What a check is: a short function that asserts one thing of a package."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms.function_calling import FunctionCallingLLM

from .hub import Hub


class Make(Protocol):
    """Makes the LLM of one package, as its users would for a server at `url`."""

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
    """What a check works with.

    Attributes:
        subject: The package.
        hub: A fresh server.
    """

    subject: Subject
    hub: Hub
    made: list[FunctionCallingLLM] = field(default_factory=list)

    def llm(self, **options: Any) -> FunctionCallingLLM:
        """Make the package's LLM for this server; it sends each request once."""
        return self.subject.make(self.hub.url, **{"max_retries": 0, **options})


@dataclass(frozen=True)
class Check:
    """One thing that is asserted.

    Attributes:
        feature: The row of the table it belongs to.
        name: What it is about, within the row.
        run: Raises if it does not hold.
    """

    feature: str
    name: str
    run: Callable[[Bench], None]


CHECKS: list[Check] = []


def check(feature: str) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    """Register a function as a check of a feature; its name tells what it is about."""

    def register(run: Callable[[Bench], None]) -> Callable[[Bench], None]:
        CHECKS.append(Check(feature, run.__name__.replace("_", " "), run))
        return run

    return register


HELLO = [ChatMessage("Hallo")]


def failure_of(run: Callable[[], object]) -> Exception:
    """Return the error that a call raises; each package has errors of its own."""
    try:
        run()
    except Exception as error:  # noqa: BLE001  # whatever it is, it is looked at
        return error
    raise AssertionError("No error was raised.")


def achat(llm: FunctionCallingLLM, **options: Any) -> ChatResponse:
    """Return an answer, asked for on a new event loop."""
    return asyncio.run(llm.achat(HELLO, **options))


def items(llm: FunctionCallingLLM, **options: Any) -> list[ChatResponse]:
    """Return all items of a stream."""
    return list(llm.stream_chat(HELLO, **options))


def aitems(stream: Coroutine[Any, Any, AsyncIterator[ChatResponse]]) -> list[ChatResponse]:
    """Return all items of an asynchronous stream, read on a new event loop."""

    async def read() -> list[ChatResponse]:
        return [item async for item in await stream]

    return asyncio.run(read())


def ways(llm: FunctionCallingLLM, **options: Any) -> list[ChatResponse]:
    """Return the last response of all four ways to chat."""
    return [
        llm.chat(HELLO, **options),
        achat(llm, **options),
        items(llm, **options)[-1],
        aitems(llm.astream_chat(HELLO, **options))[-1],
    ]
