"""The state of a call across its attempts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.wire.call_options import CallOptions
from ionos_model_hub.wire.requests import Request, StreamableRequest


@dataclass(slots=True, eq=False, repr=False)
class ActiveCall:
    """The state of a call across its attempts.

    Attributes:
        request: What is requested.
        options: Headers, query parameters and timeouts of the call.
        timer: Its time limits.
        scrub: Removes the API key of the current attempt from a text.
        rate_limit_wait: Seconds spent waiting for the rate limit so far.
        status: HTTP status of the latest attempt; None until its response arrives.
        headers: Headers of that response.
    """

    request: Request[Any] | StreamableRequest[Any]
    options: CallOptions
    timer: CallTimer
    scrub: Callable[[str], str] = str
    rate_limit_wait: float = 0.0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> str | None:
        """The requested model."""
        model = (self.request.body or {}).get("model")
        return None if model is None else str(model)

    @property
    def request_id(self) -> str | None:
        """The `x-trace-id` of the latest response."""
        trace_id = self.headers.get("x-trace-id")
        return self.scrub(trace_id) if trace_id else None

    def log_fields(self) -> dict[str, object]:
        """Return the fields of log records about an attempt, under their names in `CallRecord`."""
        return {
            "endpoint": self.request.path,
            "model": self.model,
            "attempts": self.timer.attempts,
            "rate_limit_wait": self.rate_limit_wait,
            "status": self.status,
            "request_id": self.request_id,
        }
