"""What becomes of each request, drawn from a seed: server and client agree without a word."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ionos_model_hub import errors

KINDS = ("chat", "stream", "embed")
CALLERS = ("client", "langchain", "llama_index")

RECOVERED = ("500", "502", "503", "408", "closed", "reset", "cut")
"""Strikes the first attempt only; the second is answered well."""

FINAL: dict[str, type[errors.ModelHubError]] = {
    "400": errors.BadRequestError,
    "404": errors.NotFoundError,
    "page": errors.ResponseError,
}
"""Strikes, and must end in this error."""

FINAL_IN_STREAMS: dict[str, type[errors.ModelHubError]] = {
    "broken": errors.ConnectionFailedError,
    "early end": errors.IncompleteStreamError,
    "error event": errors.ServerError,
}
"""Strikes after the first words, and must end in this error with those words in `partial`."""

THROTTLED_SHARE = 0.001
"""Of the faults: each one stops all callers of the key for at least 0.1 s."""

LATEST_CANCEL = 0.02
"""Seconds; some requests are faster than that."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one request.

    Attributes:
        caller: Who makes it.
        kind: Call, stream or embedding.
        fault: What the server does to it, "" for nothing.
        cancelled_after: Seconds after which the caller loses interest, or None.
    """

    caller: str
    kind: str
    fault: str
    cancelled_after: float | None

    @property
    def error(self) -> type[errors.ModelHubError] | None:
        """What the fault must end in, or None where the answer must come all the same."""
        return (FINAL | FINAL_IN_STREAMS).get(self.fault)


@dataclass(frozen=True, slots=True)
class Plan:
    """Draws fates.

    Args:
        seed: The same seed, the same fates.
        faults: Share of the requests that meet a fault.
        cancels: Share of those that are cancelled.
    """

    seed: int
    faults: float
    cancels: float

    def fate(self, number: int) -> Fate:
        """Return what becomes of a request."""
        chance = Random(f"{self.seed}/{number}")
        kind, caller = chance.choice(KINDS), chance.choice(CALLERS)
        fault = ""
        if chance.random() < self.faults:
            throttled = chance.random() < THROTTLED_SHARE
            fault = "429" if throttled else chance.choice(_faults_of(kind))
        is_cancelled = chance.random() < self.cancels
        return Fate(caller, kind, fault, chance.uniform(0, LATEST_CANCEL) if is_cancelled else None)


def _faults_of(kind: str) -> tuple[str, ...]:
    return (*RECOVERED, *FINAL, *(FINAL_IN_STREAMS if kind == "stream" else ()))


def question(number: int, more: str = "") -> str:
    """Return what is asked; the number comes first."""
    return f"{number} Grüße aus dem Rechenzentrum 🌍 {more}".strip()


def number_in(text: str) -> int:
    """Return a question's number."""
    return int(text.partition(" ")[0])


def vector(text: str) -> list[float]:
    """Return the embedding of a text: 64 numbers that no other text has."""
    return [float(number_in(text)), float(len(text)), *[0.25] * 62]
