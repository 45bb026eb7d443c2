"""Points in time and durations as text."""

from datetime import UTC, datetime

SOON = 14 * 86_400
"""Seconds before an expiry date from which a warning is shown."""


def format_time(timestamp: float) -> str:
    """Return a Unix time as date and time in UTC."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M UTC")


def format_duration(seconds: float) -> str:
    """Return a duration in the largest unit that gives a number of at least two.

    Example:
        >>> format_duration(3 * 3600)
        '3 hours'
    """
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
