"""State of one emulator: its script and its recorded requests."""

import itertools
import re
from collections import deque
from dataclasses import replace
from datetime import date
from typing import Unpack

from ionos_model_hub.emulator.backends import make_backend
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.errors import ApiError, bad_request, rate_limited, unauthorised
from ionos_model_hub.emulator.latency import latency_named
from ionos_model_hub.emulator.options import (
    EmulatorOptions,
    fixed_day,
    rate_limiter,
    secret,
    server_config,
)
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.request_log import RequestLog
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.script_queue import ScriptQueue
from ionos_model_hub.emulator.text import digest

MAX_FUNCTION_ERRORS = 100
MAX_SHOWN_REPLIES = 3
MAX_SHOWN_TEXT = 300
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class EmulatorState:
    """State shared by all requests; other threads may read and script it.

    Args:
        **options: See `Emulator`.

    Raises:
        ValueError: An option is invalid.
    """

    def __init__(self, **options: Unpack[EmulatorOptions]) -> None:
        self._config = server_config(options)
        self._today = fixed_day(options)
        self._api_key = secret(options, "api_key")
        self._limiter = rate_limiter(options)
        self.control_token = secret(options, "control_token")
        self.strict = options.get("strict", False)
        self.latency = latency_named(options.get("latency", "none"))
        self.backend = make_backend(options)
        self.log = RequestLog()
        self.script = ScriptQueue(options.get("script", ()), self._config.seed)
        self.faults = ScriptQueue(options.get("faults", ()), self._config.seed)
        self._function_errors: deque[str] = deque(maxlen=MAX_FUNCTION_ERRORS)
        self._trace_numbers = itertools.count()

    @property
    def config(self) -> ServerConfig:
        """The configuration on the current day."""
        return replace(self._config, today=self._today or date.today())

    def reset(self) -> None:
        """Remove requests, scripted replies and faults, and refill the rate limit."""
        self.log.clear()
        self.script.clear()
        self.faults.clear()
        self._function_errors.clear()
        self._trace_numbers = itertools.count()
        if self._limiter is not None:
            self._limiter.reset()

    def limit_headers(self) -> dict[str, str]:
        """Return the headers that report the rate limit, if there is one."""
        return self._limiter.headers() if self._limiter is not None else {}

    def next_trace_id(self) -> str:
        """Return the value of `x-trace-id` for the next response: 32 hex digits."""
        return digest(self._config.seed, next(self._trace_numbers))[:32]

    def accepts(self, authorization: str) -> bool:
        """Return whether the value of an `Authorization` header is accepted."""
        scheme, _, key = authorization.partition(" ")
        if self._api_key is None and not self._config.has(HubQuirk.AUTHENTICATION):
            return True
        if scheme.lower() != "bearer" or not key.strip():
            return False
        return key == self._api_key if self._api_key is not None else _UUID.fullmatch(key) is None

    def admit(self, request: RecordedRequest) -> None:
        """Check the API key of a request and the rate limit.

        Raises:
            ApiError: The key is not accepted (401), or the rate limit is exceeded (429).
        """
        if not request.authorised:
            raise unauthorised(self._config.profile)
        seconds = self._limiter.try_acquire() if self._limiter is not None else 0
        if seconds:
            raise rate_limited(seconds)

    def next_reply(self, request: RecordedRequest) -> Reply | None:
        """Return the fault or the next scripted reply for a request, or None.

        Raises:
            ApiError: The emulator is strict, and no reply is meant for the request; or a function
                of the script failed.
        """
        for source, queue in (("fault", self.faults), ("scripted", self.script)):
            reply = self._take(queue, request)
            if reply is not None:
                request.response.source = source
                return reply
        if self.strict and request.method == "POST":
            self.script.unexpected.append(request)
            raise bad_request(f"No scripted reply matches this request. {self._left}")
        return None

    def _take(self, queue: ScriptQueue, request: RecordedRequest) -> Reply | None:
        try:
            return queue.take(request)
        except Exception as error:
            message = f"A function of the script failed: {error!r}"
            self._function_errors.append(message)
            raise ApiError(500, message, kind="server_error") from error

    @property
    def _left(self) -> str:
        """The next scripted replies, as a sentence."""
        pending = self.script.pending[:MAX_SHOWN_REPLIES]
        if not pending:
            return "There are no more replies."
        shown = ", ".join(repr(reply)[:MAX_SHOWN_TEXT] for reply, _ in pending)
        return f"The next replies are {shown}."

    @property
    def problems(self) -> list[str]:
        """The ways in which the script was not followed."""
        problems = [f"unused: {reply!r}" for reply in self.script.unused]
        problems += [
            f"unexpected: {r.method} {r.path}, request {r.number}, {r.text[:MAX_SHOWN_TEXT]!r}"
            for r in self.script.unexpected
        ]
        return [*problems, *self._function_errors]

    def verify(self) -> None:
        """Check that all scripted replies were used, and that there was a reply to each request.

        Raises:
            AssertionError: Replies are left, a strict emulator got unexpected requests, or a
                function of the script failed.
        """
        problems = self.problems
        if problems:
            raise AssertionError("\n".join(["The script was not followed:", *problems]))
