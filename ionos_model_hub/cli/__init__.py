"""The command `ionos-model-hub`. The outermost floor: it imports all, nothing imports it."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from ionos_model_hub._version import __version__
from ionos_model_hub.cli.embed.options import add_options
from ionos_model_hub.errors import ModelHubError

_COMMANDS = {
    "demo": "show chat, an agent, structured output and retrieval; needs no token",
    "doctor": "check key, connection, models and limits, and say what to mend",
    "embed": "embed files into Parquet or pgvector; resumable, and nothing twice",
    "emulator": "serve a local Model Hub",
    "models": "list the models the hub serves, and what is known of them",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code.

    Args:
        arguments: Command line without the program's name. Default: that of the process.
    """
    parser = argparse.ArgumentParser(
        prog="ionos-model-hub", description="The IONOS AI Model Hub for Python."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in _COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose)
        command.set_defaults(name=name)
        if name == "emulator":
            _add_emulator_options(command)
        elif name == "embed":
            add_options(command)
    options = parser.parse_args(arguments)
    try:
        # A command's module loads only when asked for: each needs other extras.
        module = import_module(f"ionos_model_hub.cli.{options.name}")
        code: int = module.run(options)
    except ModelHubError as error:
        return _fail(str(error))
    except ImportError as missing:
        if missing.name is None:  # it says by itself what to install
            return _fail(str(missing))
        return _fail(f"This command needs {missing.name}: pip install 'ionos-model-hub[all]'")
    except KeyboardInterrupt:
        return 130
    return code


def _add_emulator_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="127.0.0.1", help="address to listen on")
    command.add_argument("--port", type=int, default=8400, help="port to listen on")
    command.add_argument("--api-key", help="accept this key only; default: any")
    command.add_argument(
        "--requests-per-second", type=float, help="answer 429 above this pace; default: never"
    )


def _fail(reason: str) -> int:
    print(f"ionos-model-hub: {reason}", file=sys.stderr)
    return 1
