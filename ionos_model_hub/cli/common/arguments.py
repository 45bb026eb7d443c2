"""Options that several commands have. Importing this loads nothing that needs an extra."""

import argparse
from math import inf


def add_request_options(group: "argparse._ArgumentGroup", concurrency: int) -> None:
    """Add the options about requests, with the default of the concurrency."""
    group.add_argument(
        "--concurrency",
        type=at_least_one,
        default=concurrency,
        metavar="N",
        help="requests in flight at once (default: %(default)s)",
    )
    group.add_argument(
        "--requests-per-second",
        type=positive,
        metavar="N",
        help="rate limit of your contract (default: the documented 5 of the hub)",
    )


def not_empty(text: str) -> str:
    """Return an argument; raises ArgumentTypeError if it is blank, such as an unset variable."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def at_least_one(text: str) -> int:
    """Return the integer in an argument; raises ArgumentTypeError if it is below 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be an integer of at least 1, got {text}")
    return int(text)


def positive(text: str) -> float:
    """Return the number in an argument; raises ArgumentTypeError unless it is above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text}")
    return number
