"""The outcome planned for each request, derived from a seed that client and server share."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ionos_model_hub import errors

KINDS = ("chat", "stream", "embed")
CALLERS = ("client", "langchain", "llama_index")

RECOVERED = ("500", "502", "503", "408", "closed", "reset", "cut")
"""Faults of the first attempt only; the second succeeds."""

FINAL: dict[str, type[errors.ModelHubError]] = {
    "400": errors.BadRequestError,
    "404": errors.NotFoundError,
    "page": errors.ResponseError,
}
"""Faults that must end in this error."""

FINAL_IN_STREAMS: dict[str, type[errors.ModelHubError]] = {
    "broken": errors.ConnectionFailedError,
    "early end": errors.IncompleteStreamError,
    "error event": errors.ServerError,
}
"""Faults after the first words that must end in this error, with these words in `partial`."""

THROTTLED_SHARE = 0.001
"""Share of the faults; each pauses all callers of the key for at least 0.1 s."""

LATEST_CANCEL = 0.02
"""Seconds; some requests finish earlier."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The planned outcome of a request.

    Attributes:
        caller: The client or adapter that sends it.
        kind: Chat, stream or embedding.
        fault: The fault that the server injects, "" for none.
        cancelled_after: Seconds after which the caller cancels, or None.
    """

    caller: str
    kind: str
    fault: str
    cancelled_after: float | None

    @property
    def error(self) -> type[errors.ModelHubError] | None:
        """The required error, or None if the request must succeed."""
        return (FINAL | FINAL_IN_STREAMS).get(self.fault)


@dataclass(frozen=True, slots=True)
class Plan:
    """Plans the outcomes.

    Args:
        seed: Determines all outcomes.
        faults: Share of the requests with a fault.
        cancels: Share of the requests that are cancelled.
    """

    seed: int
    faults: float
    cancels: float

    def outcome(self, number: int) -> Outcome:
        """Return the outcome of a request."""
        random = Random(f"{self.seed}/{number}")
        kind, caller = random.choice(KINDS), random.choice(CALLERS)
        fault = ""
        if random.random() < self.faults:
            throttled = random.random() < THROTTLED_SHARE
            fault = "429" if throttled else random.choice(_faults_of(kind))
        is_cancelled = random.random() < self.cancels
        return Outcome(
            caller, kind, fault, random.uniform(0, LATEST_CANCEL) if is_cancelled else None
        )


def _faults_of(kind: str) -> tuple[str, ...]:
    return (*RECOVERED, *FINAL, *(FINAL_IN_STREAMS if kind == "stream" else ()))


def question(number: int, more: str = "") -> str:
    """Return the question with this number; it starts with the number."""
    return f"{number} Grüße aus dem Rechenzentrum 🌍 {more}".strip()


def number_in(text: str) -> int:
    """Return a question's number."""
    return int(text.partition(" ")[0])


def vector(text: str) -> list[float]:
    """Return the embedding of a text: 64 numbers unique to the text."""
    return [float(number_in(text)), float(len(text)), *[0.25] * 62]
