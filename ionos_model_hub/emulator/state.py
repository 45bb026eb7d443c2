"""The state of one emulated hub: its settings, its script, its journal."""

import itertools
import re
from collections import deque
from collections.abc import Iterable
from datetime import date
from typing import TypedDict

from ionos_model_hub.emulator.errors import rate_limited, unauthorised
from ionos_model_hub.emulator.rate_limiter import RateLimiter
from ionos_model_hub.emulator.responder.text import digest
from ionos_model_hub.emulator.script import RecordedRequest, Reply

JOURNAL_LENGTH = 10_000
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Options(TypedDict, total=False):
    """How a hub behaves; all are optional.

    Attributes:
        api_key: The only key that is accepted; by default any that is not a UUID (a token's id).
        seed: Varies all answers.
        today: The day that decides which models are retired; by default the day of each request.
        requests_per_second: Rate limit over all endpoints; by default there is none.
        burst: Requests that may come at once; by default twice the rate.
        script: Prepared answers.
    """

    api_key: str | None
    seed: int
    today: date | None
    requests_per_second: float | None
    burst: float | None
    script: Iterable[Reply]


class Hub:
    """What lies behind the endpoints; safe to be read and scripted from another thread."""

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
        self.journal: deque[RecordedRequest] = deque(maxlen=JOURNAL_LENGTH)
        self.script = deque(script)
        self._api_key = api_key
        self._today = today
        self._limiter = (
            RateLimiter(requests_per_second, burst or max(1, 2 * requests_per_second))
            if requests_per_second is not None
            else None
        )
        self._count = itertools.count()

    @property
    def today(self) -> date:
        """The day that decides which models are served."""
        return self._today or date.today()

    def reset(self) -> None:
        """Forget all requests, the rest of the script and the used-up rate limit."""
        self.journal.clear()
        self.script.clear()
        self._count = itertools.count()
        if self._limiter is not None:
            self._limiter.reset()

    def trace_id(self) -> str:
        """Return the 32 hex digits of the next answer."""
        return digest(self.seed, next(self._count))[:32]

    def knows(self, authorization: str) -> bool:
        """Tell whether the value of an `Authorization` header is accepted."""
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return False
        return key == self._api_key if self._api_key else _UUID.fullmatch(key) is None

    def admit(self, request: RecordedRequest) -> None:
        """Record a request and let it through.

        Raises:
            RefusalError: The key is not accepted (401), or the rate limit is used up (429).
        """
        self.journal.append(request)
        if not request.authorised:
            raise unauthorised()
        seconds = self._limiter.take() if self._limiter is not None else 0
        if seconds:
            raise rate_limited(seconds)

    def next_reply(self) -> Reply | None:
        """Take the next prepared answer."""
        return self.script.popleft() if self.script else None
