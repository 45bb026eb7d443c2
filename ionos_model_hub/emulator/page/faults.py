"""Faults that the page can trigger."""

from collections.abc import Callable
from dataclasses import dataclass

from ionos_model_hub.emulator.endpoint_paths import Endpoint
from ionos_model_hub.emulator.script import Reply


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault.

    Attributes:
        title: Short name.
        description: Effect.
        reply: Returns the reply, from the endpoint and the number of requests.
    """

    title: str
    description: str
    reply: Callable[[Endpoint | None, int | None], Reply]


FAULTS = {
    "rate_limited": Fault(
        "429",
        "rate limited",
        lambda endpoint, times: Reply(
            error="rate_limited", retry_after=1, endpoint=endpoint, times=times
        ),
    ),
    "server_error": Fault(
        "500",
        "server error",
        lambda endpoint, times: Reply(error="server_error", endpoint=endpoint, times=times),
    ),
    "reset": Fault(
        "Reset",
        "before the head",
        lambda endpoint, times: Reply(reset_after=0, endpoint=endpoint, times=times),
    ),
    "cut": Fault(
        "Cut",
        "after 3 chunks",
        lambda endpoint, times: Reply(disconnect_after=3, endpoint=endpoint, times=times),
    ),
    "stall": Fault(
        "Stall",
        "after 2 chunks",
        lambda endpoint, times: Reply(stall_after=2, endpoint=endpoint, times=times),
    ),
    "slow": Fault(
        "Slow",
        "2 s, 0.3 s a chunk",
        lambda endpoint, times: Reply(delay=2, chunk_delay=0.3, endpoint=endpoint, times=times),
    ),
}
