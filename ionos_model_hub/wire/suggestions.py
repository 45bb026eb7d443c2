"""Help with a misspelt name."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a question with the known name that is closest, or None where none is close.

    Example:
        >>> did_you_mean("tempratur", ["temperature", "top_p"])
        "Did you mean 'temperature'?"
    """
    close = get_close_matches(name, list(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else None
