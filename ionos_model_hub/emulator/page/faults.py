"""Faults that the page can trigger."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault.

    Attributes:
        title: Short name.
        description: Effect.
        arguments: Arguments of the reply that causes it.
    """

    title: str
    description: str
    arguments: Mapping[str, Any]


FAULTS = {
    "rate_limited": Fault("429", "rate limited", {"error": "rate_limited", "retry_after": 1}),
    "server_error": Fault("500", "server error", {"error": "server_error"}),
    "reset": Fault("Reset", "before the head", {"reset_after": 0}),
    "cut": Fault("Cut", "after 3 chunks", {"disconnect_after": 3}),
    "stall": Fault("Stall", "after 2 chunks", {"stall_after": 2}),
    "slow": Fault("Slow", "2 s, 0.3 s a chunk", {"delay": 2, "chunk_delay": 0.3}),
}
