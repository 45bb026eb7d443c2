"""The rate limit that answers may tell in `x-ratelimit-*` headers.

The hub's documentation confirms neither these names nor what the numbers count, so nothing
depends on them, and they only ever slow down. A limit is taken as one for each second: whatever
span it is meant for, if that is no shorter, nobody who keeps to it sends too much.
"""

from collections.abc import Mapping
from typing import NamedTuple

_PREFIX = "x-ratelimit-"
_MOST = 100_000


class ToldLimits(NamedTuple):
    """What an answer told; None for what it did not tell, or not credibly.

    Attributes:
        per_second: Requests allowed each second.
        burst: Requests allowed at once.
        remaining: Requests that were left when this one was counted.
    """

    per_second: int | None
    burst: int | None
    remaining: int | None


UNTOLD = ToldLimits(None, None, None)


def limits_in(headers: Mapping[str, str]) -> ToldLimits:
    """Return the limits that an answer tells.

    Args:
        headers: Response headers with lower-case names.

    Example:
        >>> limits_in({"x-ratelimit-limit": "5", "x-ratelimit-remaining": "soon"})
        ToldLimits(per_second=5, burst=None, remaining=None)
    """
    return ToldLimits(
        _number(headers, "limit", least=1),
        _number(headers, "burst", least=1),
        _number(headers, "remaining", least=0),
    )


def _number(headers: Mapping[str, str], name: str, least: int) -> int | None:
    told = headers.get(_PREFIX + name, "").strip()
    if not (told.isascii() and told.isdigit()) or len(told) > len(str(_MOST)):
        return None
    return int(told) if least <= int(told) <= _MOST else None
