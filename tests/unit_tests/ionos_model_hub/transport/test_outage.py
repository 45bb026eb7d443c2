"""100,000 calls through an outage of a minute, in virtual time."""

import random
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import sqrt
from typing import Any

import pytest

from ionos_model_hub.errors import ModelHubError, RateLimitError, ServerError
from ionos_model_hub.policy.retry import wait_before_retry
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport import runner
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.wire import requests

CALLS = 100_000
SECONDS = 180.0
OUTAGE = (60.0, 120.0)
LATENCY = 0.05
MAX_RETRIES = 10  # without a budget, the load would be eleven times as high
GOOD = b'{"choices": [{"index": 0, "message": {"content": "Hallo"}, "finish_reason": "stop"}]}'


@dataclass(frozen=True)
class Until:
    """An awaitable that lets the virtual clock advance to a moment."""

    moment: float

    def __await__(self) -> Generator["Until", None, None]:
        yield self


@dataclass
class Response:
    status: int
    headers: Mapping[str, str]
    parts: Iterator[bytes]

    async def read(self) -> bytes | None:
        return next(self.parts, None)

    async def close(self) -> None:
        pass


@dataclass
class VirtualServer:
    """A server that fails for a minute: with 503, with or without Retry-After, and with 429.

    Args:
        throttles: Whether it responds with 429 to one in four requests of the outage.
    """

    throttles: bool
    clock: float = 0.0
    sent: list[float] = field(default_factory=list)
    attempts: Counter[bytes] = field(default_factory=Counter)
    not_before: dict[bytes, float] = field(default_factory=dict)
    too_early: int = 0

    def now(self) -> float:
        return self.clock

    async def sleep(self, seconds: float) -> None:
        await Until(self.clock + seconds)

    async def send(self, request: OutgoingRequest) -> Response:
        body = request.content or b""
        self.sent.append(self.clock)
        self.attempts[body] += 1
        self.too_early += self.clock < self.not_before.get(body, 0.0)
        fails = OUTAGE[0] <= self.clock < OUTAGE[1]
        await Until(self.clock + LATENCY)
        return self._failure(body) if fails else Response(200, {}, iter([GOOD]))

    def _failure(self, body: bytes) -> Response:
        seconds = len(self.sent) % 4
        self.not_before[body] = self.clock + seconds
        headers = {"retry-after": str(seconds)} if seconds else {}
        status = 429 if self.throttles and seconds == 3 else 503
        return Response(status, headers, iter([b"{}"]))


def run_all(server: VirtualServer, max_retries: int) -> Counter[str]:
    """Make the calls, evenly spread over the time, and count their results."""
    settings = Settings(
        api_key="any", base_url="http://localhost:1/v1", max_retries=max_retries, timeout=None
    )
    calls = CallRunner(settings, server)
    order = count()
    waiting: list[tuple[float, int, Any]] = []
    for number in range(CALLS):
        messages = [{"role": "user", "content": str(number)}]
        request = requests.chat("m", messages, {}).non_streamed()
        heappush(waiting, (number * SECONDS / CALLS, next(order), calls.fetch(request)))
    results: Counter[str] = Counter()
    while waiting:
        server.clock, _, coroutine = heappop(waiting)
        try:
            until = coroutine.send(None)
        except StopIteration:
            results["success"] += 1
        except ModelHubError as error:
            results[type(error).__name__] += 1
        else:
            heappush(waiting, (until.moment, next(order), coroutine))
    return results


@pytest.mark.slow
@pytest.mark.parametrize("throttles", [False, True])
def test_outage_load_is_limited_by_the_retry_budget(
    monkeypatch: pytest.MonkeyPatch, throttles: bool
) -> None:
    monkeypatch.setattr(runner, "random", random.Random(7))
    server = VirtualServer(throttles)
    results = run_all(server, MAX_RETRIES)
    during = sum(OUTAGE[0] <= moment < OUTAGE[1] for moment in server.sent)
    started = CALLS * (OUTAGE[1] - OUTAGE[0]) / SECONDS
    assert sum(results.values()) == CALLS
    assert results["success"] >= CALLS - started
    assert during <= 1.2 * started
    # Pauses after 429 delay calls, some of them until after the outage.
    assert during > (0.9 if throttles else 1.0) * started
    assert len(server.sent) <= 1.2 * CALLS
    assert server.too_early == 0
    assert max(server.attempts.values()) <= MAX_RETRIES + 1


def uniform_distance(samples: list[float]) -> float:
    """Return the Kolmogorov-Smirnov distance of samples from the uniform distribution."""
    ordered = sorted(samples)
    size = len(ordered)
    return max(
        max((index + 1) / size - value, value - index / size) for index, value in enumerate(ordered)
    )


@pytest.mark.parametrize(
    ("error", "attempt", "minimum", "maximum"),
    [
        (RateLimitError("", retry_after=2.0), 1, 2.0, 2.2),
        (ServerError("", retry_after=30.0), 3, 30.0, 33.0),
        (ServerError(""), 1, 0.0, 0.5),
        (ServerError(""), 3, 0.0, 2.0),
        (ServerError(""), 9, 0.0, 8.0),
    ],
)
def test_waits_are_uniformly_distributed(
    error: ModelHubError, attempt: int, minimum: float, maximum: float
) -> None:
    source = random.Random(11)
    waits = [wait_before_retry(error, attempt, source.random()) for _ in range(20_000)]
    assert all(max(minimum, 0.1) <= wait <= maximum for wait in waits)
    above = [wait for wait in waits if wait > 0.1]
    lowest = max(minimum, 0.1)
    distance = uniform_distance([(wait - lowest) / (maximum - lowest) for wait in above])
    assert distance < 1.63 / sqrt(len(above))  # a test at the 1 % level
