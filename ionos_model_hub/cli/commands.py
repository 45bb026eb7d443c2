"""The commands and their options. Importing this loads nothing that needs an extra."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from ionos_model_hub.cli.embed import options as embed
from ionos_model_hub.cli.ocr import options as ocr

MAX_PORT = 65_535


def _no_options(parser: argparse.ArgumentParser) -> None:
    """Leave the parser of a command without options unchanged."""


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_emulator_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=_port, default=8400, help="port to listen on; 0 picks a free one"
    )
    parser.add_argument("--api-key", help="accept only this key (default: any)")
    parser.add_argument(
        "--requests-per-second",
        type=float,
        metavar="N",
        help="respond with status 429 above this rate (default: never)",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"must be between 0 and {MAX_PORT:,}, got {text}")
    return int(text)


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the command line.

    Attributes:
        name: Its name, also that of the module in `ionos_model_hub.cli` with its `run` function.
        summary: One line for the list of commands.
        examples: Shown at the end of `--help`.
        add_options: Adds its options to a parser.
    """

    name: str
    summary: str
    examples: str
    add_options: Callable[[argparse.ArgumentParser], None] = _no_options


COMMANDS = (
    Command(
        "demo",
        "show chat, an agent, structured output and retrieval; works without a token",
        "examples:\n"
        "  ionos-model-hub demo\n"
        "  IONOS_API_KEY=eyJ... ionos-model-hub demo  # on the hub instead of the emulator",
    ),
    Command(
        "doctor",
        "check the API key, connection, models and limits, and name the fix for each problem",
        "exit code: 0 if no check fails, else 1\n\n"
        "examples:\n"
        "  ionos-model-hub doctor\n"
        "  ionos-model-hub doctor --json | jq '.checks[] | select(.status == \"error\")'",
        _add_json,
    ),
    Command(
        "embed",
        "embed files into Parquet or pgvector; resumable, embeds nothing twice",
        embed.EPILOG,
        embed.add_options,
    ),
    Command(
        "emulator",
        "serve a local Model Hub",
        "examples:\n"
        "  ionos-model-hub emulator\n"
        "  ionos-model-hub emulator --port 0 --api-key secret --requests-per-second 5",
        _add_emulator_options,
    ),
    Command(
        "models",
        "list the models that are served, with their capabilities",
        "In a pipe, one model per line: id, kind, context window and vector length, separated by "
        "tabs.\n\n"
        "examples:\n"
        "  ionos-model-hub models\n"
        "  ionos-model-hub models | cut -f 1\n"
        "  ionos-model-hub models --json | jq -r '.[] | select(.kind == \"chat\").id'",
        _add_json,
    ),
    Command(
        "ocr",
        "read scanned documents into Markdown and JSONL; resumable, reads no page twice",
        ocr.EPILOG,
        ocr.add_options,
    ),
)
