"""The record of one call, and the types of the functions that use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from ionos_model_hub.wire.response_types import Usage

if TYPE_CHECKING:
    from pydantic import JsonValue

_SHORTEST_WAIT = 0.001
"""Seconds below which the text of a record does not mention that a call waited."""

Outcome = Literal["success", "error", "cancelled", "abandoned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """A finished call, without its content: no prompt, response, header or API key.

    A call is one method of a client, with all of its retries. Embeddings are one call for each
    batch of texts.

    Attributes:
        endpoint: Path below the base URL, such as `/chat/completions`.
        base_url: URL of the API.
        model: The requested model; None for the list of models.
        streamed: Whether the response was streamed.
        started_at: Unix time in seconds.
        duration: Seconds from the start of the call to its end. In a stream, this includes the
            time that the caller took between deltas.
        time_to_first_token: Seconds from the start of the call to the first deltas of a stream;
            None if there were none.
        attempts: Number of requests sent.
        rate_limit_wait: Seconds spent waiting for the rate limit, in all attempts.
        outcome: "success"; "error" if the caller got an exception; "cancelled" if the task was
            cancelled or the program interrupted; "abandoned" if the caller stopped reading a
            stream before its end.
        error_type: Class of the exception that ended the call, such as `RateLimitError`, or None.
        status: HTTP status of the last attempt, or None if no response arrived.
        request_id: `x-trace-id` of that response. IONOS support asks for it.
        usage: Token usage, or None if the API did not report it.
        images: Number of requested images.
        response_model: The model named in the response.
        response_id: Id of the response.
        finish_reasons: Why each choice ended, such as `stop` or `length`.
        cost: Result of the function passed as `prices`, or None.

    Example:
        >>> record = CallRecord(
        ...     endpoint="/embeddings",
        ...     base_url="http://localhost:8400/v1",
        ...     model="BAAI/bge-m3",
        ...     started_at=1_790_000_000.0,
        ...     duration=0.25,
        ...     outcome="success",
        ...     usage=Usage(prompt_tokens=12, total_tokens=12),
        ... )
        >>> record.to_dict()["prompt_tokens"]
        12
    """

    endpoint: str
    base_url: str
    started_at: float
    duration: float
    outcome: Outcome
    model: str | None = None
    streamed: bool = False
    time_to_first_token: float | None = None
    attempts: int = 0
    rate_limit_wait: float = 0.0
    error_type: str | None = None
    status: int | None = None
    request_id: str | None = None
    usage: Usage | None = None
    images: int = 0
    response_model: str | None = None
    response_id: str | None = None
    finish_reasons: tuple[str, ...] = ()
    cost: float | None = None

    def to_dict(self) -> dict[str, JsonValue]:
        """Return the fields as a flat, JSON-safe dict; those of `usage` have their own names."""
        fields = asdict(self)
        usage = fields.pop("usage") or dict.fromkeys(Usage.__dataclass_fields__)
        return {**fields, **usage, "finish_reasons": list(self.finish_reasons)}

    def __str__(self) -> str:
        waited = self.rate_limit_wait >= _SHORTEST_WAIT
        facts = (
            f"{self.duration:.3f} s",
            _format_if_set(self.time_to_first_token, "first token after {:.3f} s"),
            f"{self.attempts} attempt{'' if self.attempts == 1 else 's'}",
            f"{self.rate_limit_wait:.3f} s waiting for the rate limit" if waited else "",
            _format_if_set(self.usage, "{0.prompt_tokens} + {0.completion_tokens} tokens"),
            _format_if_set(self.cost, "cost {:.6g}"),
            _format_if_set(self.status, "status {}"),
            _format_if_set(self.request_id, "trace id {}"),
            _format_if_set(self.error_type, "{}"),
        )
        name = f"{self.endpoint} {self.model or ''}".rstrip()
        return f"{name}: {self.outcome}, {', '.join(fact for fact in facts if fact)}"


CallHook = Callable[[CallRecord], object]
"""Called with the record of each finished call."""

PriceFunction = Callable[[CallRecord], float | None]
"""Returns the cost of a call, or None if it is unknown."""


def _format_if_set(value: object, text: str) -> str:
    return "" if value is None else text.format(value)
