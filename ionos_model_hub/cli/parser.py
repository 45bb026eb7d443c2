"""The parser of the command line."""

import argparse

from ionos_model_hub._version import __version__
from ionos_model_hub.cli.commands import COMMANDS

PROGRAM = "ionos-model-hub"


def create_parser() -> argparse.ArgumentParser:
    """Return the parser; the option `name` of its result is the command."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="The IONOS AI Model Hub for Python.",
        epilog=f"example: {PROGRAM} demo",
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        subparser = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=command.examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        subparser.set_defaults(name=command.name)
        command.add_options(subparser)
    return parser
