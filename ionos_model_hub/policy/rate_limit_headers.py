"""Parse the rate limit that responses may report in `x-ratelimit-*` headers.

The hub's documentation confirms neither these names nor the unit of the numbers, so no feature
depends on them, and they can only lower the request rate. A limit is taken as requests per
second: if it is meant for a longer period, requests are still sent no faster than allowed.
"""

from collections.abc import Mapping
from typing import NamedTuple

_PREFIX = "x-ratelimit-"
_MAX_VALUE = 100_000


class ServerLimits(NamedTuple):
    """The rate limit reported by a response; None for values that are missing or implausible.

    Attributes:
        per_second: Requests allowed per second.
        burst: Requests allowed at once.
        remaining: Requests left when this one was counted.
    """

    per_second: int | None
    burst: int | None
    remaining: int | None


UNSPECIFIED = ServerLimits(None, None, None)


def parse_limits(headers: Mapping[str, str]) -> ServerLimits:
    """Return the limits that a response reports.

    Args:
        headers: Response headers with lower-case names.

    Example:
        >>> parse_limits({"x-ratelimit-limit": "5", "x-ratelimit-remaining": "soon"})
        ServerLimits(per_second=5, burst=None, remaining=None)
    """
    if not ("x-ratelimit-limit" in headers or "x-ratelimit-remaining" in headers):
        return UNSPECIFIED  # without a limit; this is checked for every response
    return ServerLimits(
        _parse_number(headers, "limit", minimum=1),
        _parse_number(headers, "burst", minimum=1),
        _parse_number(headers, "remaining", minimum=0),
    )


def _parse_number(headers: Mapping[str, str], name: str, minimum: int) -> int | None:
    text = headers.get(_PREFIX + name, "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_MAX_VALUE)):
        return None
    return int(text) if minimum <= int(text) <= _MAX_VALUE else None
