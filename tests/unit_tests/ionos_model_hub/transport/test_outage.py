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
from ionos_model_hub.transport import runner as exchange
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
    """Awaited, it lets the virtual clock run to a moment."""

    moment: float

    def __await__(self) -> Generator["Until", None, None]:
        yield self


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]

    async def read(self) -> bytes | None:
        return next(self.pieces, None)

    async def close(self) -> None:
        pass


@dataclass
class VirtualHub:
    """A hub that fails for a minute: with 503, with or without Retry-After, and with 429."""

    clock: float = 0.0
    sent: list[float] = field(default_factory=list)
    attempts: Counter[bytes] = field(default_factory=Counter)
    not_before: dict[bytes, float] = field(default_factory=dict)
    too_early: int = 0

    def now(self) -> float:
        return self.clock

    async def sleep(self, seconds: float) -> None:
        await Until(self.clock + seconds)

    async def send(self, request: OutgoingRequest) -> Answer:
        asked = request.content or b""
        self.sent.append(self.clock)
        self.attempts[asked] += 1
        self.too_early += self.clock < self.not_before.get(asked, 0.0)
        fails = OUTAGE[0] <= self.clock < OUTAGE[1]
        await Until(self.clock + LATENCY)
        return self._failure(asked) if fails else Answer(200, {}, iter([GOOD]))

    def _failure(self, asked: bytes) -> Answer:
        seconds = len(self.sent) % 4
        self.not_before[asked] = self.clock + seconds
        headers = {"retry-after": str(seconds)} if seconds else {}
        return Answer(429 if seconds == 3 else 503, headers, iter([b"{}"]))


def run_all(hub: VirtualHub, max_retries: int) -> Counter[str]:
    """Make the calls, evenly spread over the time; return how they ended."""
    settings = Settings(
        api_key="any", base_url="http://localhost:1/v1", max_retries=max_retries, timeout=None
    )
    caller = CallRunner(settings, hub)
    order = count()
    waiting: list[tuple[float, int, Any]] = []
    for number in range(CALLS):
        question = [{"role": "user", "content": str(number)}]
        call = requests.chat("m", question, {}).unstreamed()
        heappush(waiting, (number * SECONDS / CALLS, next(order), caller.fetch(call)))
    ended: Counter[str] = Counter()
    while waiting:
        hub.clock, _, coroutine = heappop(waiting)
        try:
            until = coroutine.send(None)
        except StopIteration:
            ended["well"] += 1
        except ModelHubError as error:
            ended[type(error).__name__] += 1
        else:
            heappush(waiting, (until.moment, next(order), coroutine))
    return ended


def test_outage_is_not_made_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "random", random.Random(7))
    hub = VirtualHub()
    ended = run_all(hub, MAX_RETRIES)
    during = sum(OUTAGE[0] <= moment < OUTAGE[1] for moment in hub.sent)
    begun = CALLS * (OUTAGE[1] - OUTAGE[0]) / SECONDS
    assert sum(ended.values()) == CALLS
    assert ended["well"] >= CALLS - begun
    assert begun < during <= 1.2 * begun
    assert len(hub.sent) <= 1.2 * CALLS
    assert hub.too_early == 0
    assert max(hub.attempts.values()) <= MAX_RETRIES + 1


def uniform_distance(samples: list[float]) -> float:
    """Return the Kolmogorov-Smirnov distance of samples from the uniform law on [0, 1]."""
    ordered = sorted(samples)
    size = len(ordered)
    return max(
        max((place + 1) / size - value, value - place / size) for place, value in enumerate(ordered)
    )


@pytest.mark.parametrize(
    ("error", "attempt", "least", "most"),
    [
        (RateLimitError("", retry_after=2.0), 1, 2.0, 2.2),
        (ServerError("", retry_after=30.0), 3, 30.0, 33.0),
        (ServerError(""), 1, 0.0, 0.5),
        (ServerError(""), 3, 0.0, 2.0),
        (ServerError(""), 9, 0.0, 8.0),
    ],
)
def test_waits_are_spread_evenly(
    error: ModelHubError, attempt: int, least: float, most: float
) -> None:
    chance = random.Random(11)
    waits = [wait_before_retry(error, attempt, chance.random()) for _ in range(20_000)]
    assert all(max(least, 0.1) <= wait <= most for wait in waits)
    above = [wait for wait in waits if wait > 0.1]
    floor = max(least, 0.1)
    distance = uniform_distance([(wait - floor) / (most - floor) for wait in above])
    assert distance < 1.63 / sqrt(len(above))  # the law is not refuted at the level of 1 %
