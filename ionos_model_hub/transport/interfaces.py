"""The interface between the runner, which is the same for both clients, and their I/O."""

from collections.abc import Awaitable
from concurrent.futures import Future
from math import inf
from typing import Protocol, TypeVar

from ionos_model_hub.transport.http.messages import IncomingResponse, OutgoingRequest

T = TypeVar("T")


class Clock(Protocol):
    """A clock, and a way to wait."""

    def now(self) -> float:
        """Return the seconds of a monotonic clock."""

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds."""


class IO(Clock, Protocol):
    """Waits and sends: on an event loop, or by blocking the thread."""

    async def wait_for(self, future: Future[T], seconds: float = inf) -> T:
        """Return the result of a future that another thread or process will set.

        Raises:
            TimeoutError: It was not set within `seconds`.
        """

    async def resolve(self, awaitable: Awaitable[T]) -> T:
        """Return the result of an awaitable from the user's code."""

    async def send(self, request: OutgoingRequest) -> IncomingResponse:
        """Send a request; return when the headers have arrived. Raises TransportError."""
