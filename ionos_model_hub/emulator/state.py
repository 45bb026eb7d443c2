"""Options and state of one emulator: its script and its recorded requests."""

import difflib
import itertools
import re
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypedDict

from ionos_model_hub.emulator.errors import rate_limited, unauthorised
from ionos_model_hub.emulator.rate_limiter import RateLimiter
from ionos_model_hub.emulator.responder.text import digest
from ionos_model_hub.emulator.script import RecordedRequest, Reply

MAX_RECORDED_REQUESTS = 10_000
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class EmulatorOptions(TypedDict, total=False):
    """Options of `Emulator`, where they are described, of `create_app` and of `serve`."""

    api_key: str | None
    seed: int
    today: date | None
    requests_per_second: float | None
    burst: float | None
    script: Iterable[Reply]


class EmulatorState:
    """State shared by all requests; other threads may read and script it.

    Args:
        api_key: See `Emulator`, like all arguments.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        seed: int = 0,
        today: date | None = None,
        requests_per_second: float | None = None,
        burst: float | None = None,
        script: Iterable[Reply] = (),
    ) -> None:
        self.seed = seed
        self.requests: deque[RecordedRequest] = deque(maxlen=MAX_RECORDED_REQUESTS)
        self.script = deque(script)
        self._api_key = api_key
        self._today = today
        self._limiter = (
            RateLimiter(requests_per_second, burst or max(1, 2 * requests_per_second))
            if requests_per_second is not None
            else None
        )
        self._trace_numbers = itertools.count()

    @property
    def today(self) -> date:
        """The day that decides which models are served."""
        return self._today or date.today()

    def reset(self) -> None:
        """Remove recorded requests and scripted replies, and refill the rate limit."""
        self.requests.clear()
        self.script.clear()
        self._trace_numbers = itertools.count()
        if self._limiter is not None:
            self._limiter.reset()

    def next_trace_id(self) -> str:
        """Return the value of `x-trace-id` for the next response: 32 hex digits."""
        return digest(self.seed, next(self._trace_numbers))[:32]

    def accepts(self, authorization: str) -> bool:
        """Return whether the value of an `Authorization` header is accepted."""
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return False
        return key == self._api_key if self._api_key else _UUID.fullmatch(key) is None

    def admit(self, request: RecordedRequest) -> None:
        """Record a request, then check its API key and the rate limit.

        Raises:
            ApiError: The key is not accepted (401), or the rate limit is exceeded (429).
        """
        self.requests.append(request)
        if not request.authorised:
            raise unauthorised()
        seconds = self._limiter.try_acquire() if self._limiter is not None else 0
        if seconds:
            raise rate_limited(seconds)

    def next_reply(self) -> Reply | None:
        """Remove and return the next scripted reply, or None if there is none."""
        return self.script.popleft() if self.script else None


def check_options(caller: str, options: Mapping[str, object]) -> None:
    """Check the names of the options passed to `caller`.

    Raises:
        TypeError: An option does not exist; the message names the closest one.
    """
    known = sorted(EmulatorOptions.__annotations__)
    for name in options:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1, 0.7)
            hint = f"Did you mean '{close[0]}'?" if close else f"Options: {', '.join(known)}."
            raise TypeError(f"{caller}() got an unexpected option '{name}'. {hint}")
