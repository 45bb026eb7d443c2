"""Latency profiles: how long rule-based responses take."""

import json
from typing import Literal, NamedTuple, get_args

from starlette.responses import Response

LatencyName = Literal["none", "hub", "busy"]
LATENCY_NAMES: tuple[str, ...] = get_args(LatencyName)


class Latency(NamedTuple):
    """How long responses take.

    Attributes:
        first: Seconds until the first token, or until a response without generated text.
        per_token: Seconds for each further token.
    """

    first: float
    per_token: float

    def seconds_before(self, response: Response) -> float:
        """Return the seconds before a response: a complete one waits for all of its tokens."""
        return self.first + self.per_token * _completion_tokens(response)


# Response times of the hub in 2026: embeddings 1 to 6 s, 500 tokens of Llama 3.3 70B 8 to 30 s,
# and up to 82 s for a request in a long queue.
_PROFILES = {"none": Latency(0, 0), "hub": Latency(1.0, 0.016), "busy": Latency(6.0, 0.06)}


def latency_named(name: str) -> Latency:
    """Return a profile by name.

    Raises:
        ValueError: There is no such profile.
    """
    if name not in _PROFILES:
        raise ValueError(f"latency must be one of {', '.join(LATENCY_NAMES)}, got {name!r}")
    return _PROFILES[name]


def _completion_tokens(response: Response) -> int:
    try:
        tokens = json.loads(bytes(response.body))["usage"]["completion_tokens"]
    except (AttributeError, KeyError, TypeError, ValueError):  # a stream, or no generated text
        return 0
    return tokens if isinstance(tokens, int) else 0
