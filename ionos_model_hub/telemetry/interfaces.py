"""The interface between the recorder of a call and a tracing library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ionos_model_hub.telemetry.record import CallRecord


@dataclass(frozen=True, slots=True)
class StartedCall:
    """A call that is about to be made.

    Attributes:
        endpoint: Path below the base URL.
        base_url: URL of the API.
        body: The body of the request, which contains the prompt; empty for a GET request.
        streamed: Whether the response is streamed.
        images: Number of requested images.
    """

    endpoint: str
    base_url: str
    body: Mapping[str, object]
    streamed: bool = False
    images: int = 0

    @property
    def model(self) -> str | None:
        """The requested model."""
        model = self.body.get("model")
        return None if model is None else str(model)


class CallTrace(Protocol):
    """Follows one call."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers to send with each request of the call, with lower-case names."""

    def activate(self) -> AbstractContextManager[object]:
        """Make the call the parent of spans that start inside the block."""

    def finish(self, record: CallRecord, response: object, scrub: Callable[[str], str]) -> None:
        """Handle the end of the call.

        Args:
            record: The record of the call.
            response: The response, as far as it arrived, or None.
            scrub: Removes the API key from a text.
        """


class CallTracer(Protocol):
    """Follows calls from start to end, like `ionos_model_hub.telemetry.OpenTelemetry`."""

    def start(self, call: StartedCall) -> CallTrace | None:
        """Return the trace of a new call, or None if it is not traced."""
