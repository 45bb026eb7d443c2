"""Options and state of one emulator: its script and its recorded requests."""

import difflib
import itertools
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal, Unpack, get_args

from ionos_model_hub.emulator.backends import BackendOptions, make_backend
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.engine.output_parser import PARSER_NAMES
from ionos_model_hub.emulator.errors import ApiError, bad_request, rate_limited, unauthorised
from ionos_model_hub.emulator.latency import LatencyName, latency_named
from ionos_model_hub.emulator.profiles import HubQuirk, ProfileName, profile_named
from ionos_model_hub.emulator.rate_limiter import RateLimiter
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.request_log import RequestLog
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.script_queue import ReplyFunction, ScriptQueue
from ionos_model_hub.emulator.text import digest

MAX_FUNCTION_ERRORS = 100
MAX_SHOWN_REPLIES = 3
MAX_SHOWN_TEXT = 300
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


ToolParserName = Literal["hermes", "llama3_json", "mistral", "openai", "qwen3_coder"]
ReasoningParserName = Literal["deepseek_r1", "qwen3"]


class EmulatorOptions(BackendOptions, total=False):
    """Options of `Emulator`, where they are described, of `create_app` and of `serve`."""

    profile: ProfileName
    api_key: str | None
    seed: int
    today: date | None
    requests_per_second: float | None
    burst: float | None
    script: Iterable[Reply | ReplyFunction]
    faults: Iterable[Reply | ReplyFunction]
    strict: bool
    control_token: str | None
    context_window: int | None
    tool_parser: ToolParserName | None
    reasoning_parser: ReasoningParserName | None
    latency: LatencyName


class EmulatorState:
    """State shared by all requests; other threads may read and script it.

    Args:
        api_key: See `Emulator`, like all arguments.
    """

    def __init__(
        self,
        *,
        profile: ProfileName = "hub",
        api_key: str | None = None,
        seed: int = 0,
        today: date | None = None,
        requests_per_second: float | None = None,
        burst: float | None = None,
        script: Iterable[Reply | ReplyFunction] = (),
        faults: Iterable[Reply | ReplyFunction] = (),
        strict: bool = False,
        control_token: str | None = None,
        context_window: int | None = None,
        tool_parser: ToolParserName | None = None,
        reasoning_parser: ReasoningParserName | None = None,
        latency: LatencyName = "none",
        **backend: Unpack[BackendOptions],
    ) -> None:
        _check_choice("tool_parser", tool_parser, PARSER_NAMES)
        _check_choice("reasoning_parser", reasoning_parser, get_args(ReasoningParserName))
        _check_secret("api_key", api_key)
        _check_secret("control_token", control_token)
        _check_day_and_window(today, context_window)
        if burst is not None and requests_per_second is None:
            raise ValueError("burst needs requests_per_second")
        self._config = ServerConfig(
            profile=profile_named(profile),
            seed=seed,
            context_window=context_window,
            tool_parser=tool_parser,
            reasoning_parser=reasoning_parser,
        )
        self.latency = latency_named(latency)
        self.backend = make_backend(**backend)
        self.log = RequestLog()
        self.script = ScriptQueue(script, seed)
        self.faults = ScriptQueue(faults, seed)
        self.strict = strict
        self.control_token = control_token
        self._function_errors: deque[str] = deque(maxlen=MAX_FUNCTION_ERRORS)
        self._api_key = api_key
        self._today = today
        self._limiter = (
            RateLimiter(requests_per_second, burst or max(1, 2 * requests_per_second))
            if requests_per_second is not None
            else None
        )
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


def _check_choice(name: str, value: str | None, choices: Sequence[str]) -> None:
    if value is not None and value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def _check_day_and_window(today: object, context_window: object) -> None:
    if today is not None and not isinstance(today, date):
        raise ValueError(f"today must be a datetime.date, got {today!r}")
    if context_window is None:
        return
    if not isinstance(context_window, int) or context_window < 1:
        raise ValueError(f"context_window must be a positive integer, got {context_window!r}")


def _check_secret(name: str, value: object) -> None:
    """Check a key or token; an empty one, such as an unset variable, would protect nothing."""
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise ValueError(f"{name} must be a non-empty string or None")


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
