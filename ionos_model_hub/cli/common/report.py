"""Print notices, rejects and errors."""

import sys

from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.common.rejects import RejectFile


def fail(command: str, reason: str, code: int) -> int:
    """Print an error and return the exit code."""
    print(f"{command}: {printable_lines(reason)}", file=sys.stderr)
    return code


def print_notices(notices: Notices) -> None:
    """Print the notices that were not printed yet."""
    for line in notices.take():
        print(f"{printable(line)}.", file=sys.stderr)


def print_rejects(rejects: RejectFile) -> None:
    """Print the number of rejects and the first ones, if there are any."""
    if not rejects.count:
        return
    print(f"{rejects.count:,} rejected, listed in {rejects.path}. First:", file=sys.stderr)
    for reject in rejects.first:
        print(f"  {printable(str(reject))}", file=sys.stderr)


def printable(text: str) -> str:
    """Replace control characters, which could come from a file and control the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def printable_lines(text: str) -> str:
    """Replace control characters except line feeds."""
    return "\n".join(map(printable, text.split("\n")))
