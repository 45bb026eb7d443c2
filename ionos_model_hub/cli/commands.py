"""The commands and their options. Importing this loads nothing that needs an extra."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from ionos_model_hub.cli.chat import options as chat
from ionos_model_hub.cli.embed import options as embed
from ionos_model_hub.cli.emulator import options as emulator
from ionos_model_hub.cli.ocr import options as ocr


def _no_options(parser: argparse.ArgumentParser) -> None:
    """Leave the parser of a command without options unchanged."""


def _add_shell(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "fish", "zsh"), help="the shell")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


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
        "chat",
        "ask a model, once or in a session; works without a token",
        chat.EPILOG,
        chat.add_options,
    ),
    Command(
        "completion",
        "print a script that completes commands, options, models and files",
        "examples:\n"
        "  ionos-model-hub completion bash > "
        "~/.local/share/bash-completion/completions/ionos-model-hub\n"
        "  ionos-model-hub completion fish > ~/.config/fish/completions/ionos-model-hub.fish\n"
        "  ionos-model-hub completion zsh > ~/.zfunc/_ionos-model-hub  # a folder in $fpath",
        _add_shell,
    ),
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
        "serve a local Model Hub: rule-based, with a local model, or from recordings",
        emulator.EPILOG,
        emulator.add_options,
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
