"""`ionos-model-hub completion`: print a script that completes commands, options and models."""

import argparse
from collections.abc import Iterator
from datetime import date

from ionos_model_hub.catalogue import MODELS, Kind
from ionos_model_hub.cli.parser import create_parser
from ionos_model_hub.lazy import require_extra

_MODEL_KINDS: dict[str, Kind] = {"chat": "chat", "embed": "embedding", "ocr": "chat"}
_NOTHING = {"zsh": "( )"}  # Without an action, zsh only lists options and does not insert them.
_FILES = frozenset({"FILE", "IMAGE", "INPUT", "OUTPUT"})
_FOLDERS = frozenset({"DIR", "FOLDER"})


def run(options: argparse.Namespace) -> int:
    """Print the script for a shell."""
    require_extra("completion", "cli", "shtab")
    import shtab

    parser = create_parser()
    for command, action in _arguments(parser):
        if action.dest == "model":
            action.choices = _model_ids(_MODEL_KINDS[command])
        elif action.metavar in _FILES:
            vars(action)["complete"] = shtab.FILE
        elif action.metavar in _FOLDERS:
            vars(action)["complete"] = shtab.DIRECTORY
        elif action.metavar == "PROMPT":
            vars(action)["complete"] = _NOTHING
    print(shtab.complete(parser, options.shell))
    return 0


def _arguments(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    """Yield each argument with the name of its command."""
    for commands in parser._actions:
        if isinstance(commands, argparse._SubParsersAction):
            for name, subparser in commands.choices.items():
                yield from ((name, action) for action in subparser._actions)


def _model_ids(kind: Kind) -> list[str]:
    today = date.today().isoformat()
    models = (model for model in MODELS if model.kind == kind)
    return [model.id for model in models if not model.retired_on or model.retired_on > today]
