"""A scripted server and a virtual clock, for tests of the runner."""

import heapq
import json
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from math import inf
from typing import Any, TypeVar

import pytest

from ionos_model_hub.errors import ModelHubError, RequestTimeoutError
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport.event_stream import EventStream
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.transport.sync_io import resolve_blocking, run_blocking
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.response_types import ChatCompletion

T = TypeVar("T")

URL = "http://localhost:8400/v1"
USER = {"role": "user", "content": "Hallo"}
COMPLETION = {"choices": [{"message": {"content": "Hallo"}, "finish_reason": "stop"}]}
BODY = json.dumps(COMPLETION).encode()
DONE = b"data: [DONE]\n\n"

Step = bytes | float | Exception

_key_numbers = count()


class ScriptedResponse:
    """A response that follows a script: bytes are parts of the body, numbers are seconds that
    pass, errors are raised. A read times out as one of a socket does."""

    def __init__(self, status: int, *script: Step, **headers: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.is_closed = False
        self.parts_read = 0
        self.io: ScriptedIO
        self.read_timeout: Callable[[], float | None]
        self._script: Iterator[Step] = iter(script)

    async def read(self) -> bytes | None:
        assert not self.is_closed
        for step in self._script:
            if isinstance(step, bytes):
                self.parts_read += 1
                return step
            if isinstance(step, Exception):
                raise step
            self._wait(step)
        return None

    def _wait(self, seconds: float) -> None:
        timeout = self.read_timeout()
        if timeout is not None and seconds > timeout:
            self.io.time += timeout
            raise RequestTimeoutError("The read timed out.")
        self.io.time += seconds

    async def close(self) -> None:
        self.is_closed = True


def success() -> ScriptedResponse:
    return ScriptedResponse(200, BODY)


def failure(status: int, message: str = "No.", **headers: str) -> ScriptedResponse:
    return ScriptedResponse(status, json.dumps({"error": {"message": message}}).encode(), **headers)


def event(text: str, finish_reason: str | None = None) -> bytes:
    """Return an event of a chat stream."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


class ScriptedIO:
    """A server that responds from a script, and a clock that advances only by waiting."""

    def __init__(self, *script: ScriptedResponse | Exception) -> None:
        self.time = 1000.0
        self.slept: list[float] = []
        self.sent: list[OutgoingRequest] = []
        self.sent_at: list[float] = []
        self.responses: list[ScriptedResponse] = []
        self._script = iter(script)

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    async def wait_for(self, future: Future[T], seconds: float = inf) -> T:
        return future.result()

    async def resolve(self, awaitable: Awaitable[T]) -> T:
        return await resolve_blocking(awaitable)

    async def send(self, request: OutgoingRequest) -> ScriptedResponse:
        self.sent.append(request)
        self.sent_at.append(self.time)
        step = next(self._script)
        if isinstance(step, Exception):
            raise step
        step.io = self
        step.read_timeout = request.read_timeout
        self.responses.append(step)
        return step

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content or b"null") for request in self.sent]


class Moment:
    """An awaitable that yields the time at which to continue to the scheduler."""

    def __init__(self, time: float) -> None:
        self._time = time

    def __await__(self) -> Generator[float, None, None]:
        yield self._time


class ConcurrentIO(ScriptedIO):
    """Runs many calls at once, in virtual time that jumps from one event to the next.

    Args:
        busy: Seconds for which the process is busy, by the time at which that begins.
    """

    LATENCY = 0.1

    def __init__(
        self, *script: ScriptedResponse | Exception, busy: dict[float, float] | None = None
    ) -> None:
        super().__init__(*script)
        self._busy = busy or {}

    async def sleep(self, seconds: float) -> None:
        await Moment(self.time + seconds)

    async def send(self, request: OutgoingRequest) -> ScriptedResponse:
        response = await super().send(request)
        await self.sleep(self.LATENCY)
        return response

    def run_all(self, coroutines: list[Coroutine[Any, Any, object]]) -> None:
        order = count()
        waiting = [(self.time, next(order), coroutine) for coroutine in coroutines]
        while waiting:
            due, _, coroutine = heapq.heappop(waiting)
            self.time = max(self.time, due)
            for moment in [moment for moment in self._busy if moment <= self.time]:
                self.time += self._busy.pop(moment)
            with suppress(StopIteration):
                heapq.heappush(waiting, (coroutine.send(None), next(order), coroutine))


def settings(**options: Any) -> Settings:
    """Return settings with a key of their own, so that credential state is not shared."""
    return Settings(**{"api_key": f"key-{next(_key_numbers)}", "base_url": URL, **options})


def chat_request(**options: Any) -> requests.Request[ChatCompletion]:
    return requests.chat("m", [USER], options).non_streamed()


def fetch(io: ScriptedIO, **options: Any) -> ChatCompletion:
    """Return the completion of a chat call."""
    return run_blocking(CallRunner(settings(**options), io).fetch(chat_request()))


def fetch_error(io: ScriptedIO, **options: Any) -> ModelHubError:
    """Return the error of a chat call, which closes all responses."""
    with pytest.raises(ModelHubError) as caught:
        fetch(io, **options)
    assert all(response.is_closed for response in io.responses)
    return caught.value


def open_stream(io: ScriptedIO, **options: Any) -> tuple[EventStream[ChatCompletion], str]:
    """Return the stream of a chat call, and the text of its first deltas."""
    request = requests.chat("m", [USER], {})
    stream, deltas = run_blocking(CallRunner(settings(**options), io).open(request))
    return stream, "".join(delta.text for delta in deltas)
