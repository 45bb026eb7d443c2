"""The state of a call across its attempts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.transport.http.messages import IncomingResponse
from ionos_model_hub.wire.requests import Request, StreamableRequest


class ActiveCall:
    """The state of a call across its attempts.

    Args:
        request: The request, which all attempts send.
        timer: Its time limits.
        is_logged: Whether log records about it are needed.

    Attributes:
        options: Headers, query parameters and timeouts of the call.
        scrub: Removes the API key of the current attempt from a text.
        response: The response of the latest attempt; None until its head arrives.
        waiting_since: When the call began to wait for the rate limit; None if it does not wait.
        waited: Seconds that earlier attempts waited for the rate limit.
    """

    __slots__ = (
        "is_logged",
        "options",
        "request",
        "response",
        "scrub",
        "timer",
        "waited",
        "waiting_since",
    )

    def __init__(
        self, request: Request[Any] | StreamableRequest[Any], timer: CallTimer, is_logged: bool
    ) -> None:
        self.request = request
        self.timer = timer
        self.is_logged = is_logged
        self.options = request.options
        self.scrub: Callable[[str], str] = str
        self.response: IncomingResponse | None = None
        self.waiting_since: float | None = None
        self.waited = 0.0

    @property
    def model(self) -> str | None:
        """The requested model, without the API key if that was passed by mistake."""
        model = (self.request.body or {}).get("model")
        return None if model is None else self.scrub(str(model))

    @property
    def status(self) -> int | None:
        """The HTTP status of the latest attempt, or None."""
        return self.response.status if self.response else None

    @property
    def request_id(self) -> str | None:
        """The `x-trace-id` of the latest attempt, or None."""
        trace_id = self.response.headers.get("x-trace-id") if self.response else None
        return self.scrub(trace_id) if trace_id else None

    def rate_limit_wait(self, now: float) -> float:
        """Return the seconds spent waiting for the rate limit so far."""
        return self.waited + (now - self.waiting_since if self.waiting_since is not None else 0.0)

    def log_fields(self) -> dict[str, object]:
        """Return the fields of log records about an attempt, under their names in `CallRecord`."""
        return {
            "endpoint": self.request.path,
            "model": self.model,
            "attempts": self.timer.attempts,
            "rate_limit_wait": self.waited,
            "status": self.status,
            "request_id": self.request_id,
        }
