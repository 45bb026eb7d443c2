"""The parser of the command line."""

import argparse
from collections.abc import Sequence
from typing import Any

from ionos_model_hub._version import __version__
from ionos_model_hub.cli.commands import COMMANDS

PROGRAM = "ionos-model-hub"

_EPILOG = f"""\
`{PROGRAM} COMMAND --help` describes the options of a command.

examples:
  {PROGRAM} demo  # works without a token
  {PROGRAM} doctor  # with a token in IONOS_API_KEY
  {PROGRAM} chat 'Ten names for a sailing boat'
"""


class _Parser(argparse.ArgumentParser):
    """A parser that reports unknown arguments with the usage of their command."""

    def parse_known_args(  # type: ignore[override]  # the overloads are for other namespaces
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown


def create_parser() -> argparse.ArgumentParser:
    """Return the parser; the option `name` of its result is the command."""
    parser = _Parser(
        prog=PROGRAM,
        allow_abbrev=False,
        description="The IONOS AI Model Hub for Python.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(
        title="commands", dest="name", required=True, metavar="COMMAND"
    )
    for command in COMMANDS:
        subparser = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=command.examples,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_options(subparser)
    return parser
