"""What the core asks of a shell: a clock, a way to wait, and a way to send."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import NamedTuple, Protocol, TypeVar

from ionos_model_hub.credentials import Key

T = TypeVar("T")


class Outgoing(NamedTuple):
    """A request, ready to be sent.

    Attributes:
        url: Full URL.
        key: The key for its `Authorization` header, which the shell adds last.
        headers: All other headers.
        content: The body, or None for a GET.
        read_timeout: Tells the seconds that one read may last from now on, or None for any.
        connect_timeout: Seconds for a connection to be made.
        is_repeatable: Whether it may be sent twice.
    """

    url: str
    key: Key
    headers: Mapping[str, str]
    content: bytes | None
    read_timeout: Callable[[], float | None]
    connect_timeout: float
    is_repeatable: bool


class Reply(Protocol):
    """An answer whose body is still to be read; header names are in lower case."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers, with lower-case names."""

    async def read(self) -> bytes | None:
        """Return the next piece of the body, maybe b"", None at its end; raises TransportError."""

    async def close(self) -> None:
        """Let go of the connection; it is used again if the body was read to its end."""


class Timer(Protocol):
    """A clock, and a way to wait."""

    def now(self) -> float:
        """Return seconds of a monotonic clock."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class IO(Timer, Protocol):
    """The outside world."""

    async def result(self, future: Future[T]) -> T:
        """Wait for what another thread or process will tell."""

    async def send(self, request: Outgoing) -> Reply:
        """Send a request and return as soon as the headers are there; raises TransportError."""
