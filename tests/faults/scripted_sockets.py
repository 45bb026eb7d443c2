"""Sockets and a clock that follow a script, for tests of the HTTP client without a network."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from ionos_model_hub.transport.http.client import HttpClient
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.http.response import HttpResponse
from ionos_model_hub.transport.http.target import Origin

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
OK_RESPONSE = HEAD + b"hi"

Step = bytes | BaseException

T = TypeVar("T")


class ScriptedSocket:
    """A socket whose reads return or raise the given steps, and then b"".

    Attributes:
        written: All bytes that were written.
        timeouts: The timeout of each write and read.
    """

    def __init__(self, *steps: Step, write_error: BaseException | None = None) -> None:
        self.steps = list(steps)
        self.write_error = write_error
        self.written = b""
        self.timeouts: list[float | None] = []
        self.stale = False
        self.is_closed = False

    async def write(self, data: bytes, seconds: float | None) -> None:
        self.written += data
        self.timeouts.append(seconds)
        if self.write_error:
            raise self.write_error

    async def read(self, seconds: float | None) -> bytes:
        self.timeouts.append(seconds)
        step = self.steps.pop(0) if self.steps else b""
        if isinstance(step, BaseException):
            raise step
        return step

    def is_stale(self) -> bool:
        return self.stale

    def close(self) -> None:
        self.is_closed = True


class ScriptedOpener:
    """Opens the given sockets one after the other, or raises the given errors."""

    def __init__(self, *sockets: ScriptedSocket | OSError) -> None:
        self.sockets = list(sockets)
        self.opened: list[tuple[Origin, float]] = []

    async def __call__(self, origin: Origin, seconds: float) -> ScriptedSocket:
        self.opened.append((origin, seconds))
        opened = self.sockets.pop(0)
        if isinstance(opened, OSError):
            raise opened
        return opened


class FakeClock:
    """A monotonic clock that only tests advance."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def client_with(*sockets: ScriptedSocket | OSError) -> HttpClient:
    """Return a client that opens these sockets."""
    return HttpClient(ScriptedOpener(*sockets))


def request(
    url: str = "https://hub.example/v1/models",
    content: bytes | None = None,
    timeout: float | None = 60.0,
) -> OutgoingRequest:
    """Return a request with the API key `canary`."""
    return OutgoingRequest(
        url=url,
        authorization=lambda: "Bearer canary",
        headers={"x-team": "blue"},
        content=content,
        head_timeout=lambda: timeout,
        read_timeout=lambda: timeout,
        connect_timeout=5.0,
        allow_resend=True,
    )


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits, as the synchronous client does."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    raise AssertionError("The coroutine waits.")


def send(client: HttpClient, outgoing: OutgoingRequest | None = None) -> HttpResponse:
    """Send a request and return its response, whose body is still to be read."""
    return run(client.send(outgoing or request()))


def read_body(response: HttpResponse) -> bytes:
    """Read the body to its end and close the response."""
    body = b""
    while (data := run(response.read())) is not None:
        body += data
    run(response.close())
    return body


def read_and_close(client: HttpClient) -> None:
    """Send a request, read its body, and close the response even if that fails."""
    response = send(client)
    try:
        while run(response.read()) is not None:
            pass
    finally:
        run(response.close())
