"""Run the command that the arguments name, and convert errors to messages and exit codes."""

import os
import sqlite3
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from ionos_model_hub.cli.common.errors import RunStoppedError, UsageError
from ionos_model_hub.cli.common.exit_codes import FAILED, WRONG_USAGE, exit_code_of, reason_of
from ionos_model_hub.cli.common.report import fail
from ionos_model_hub.cli.common.signals import TerminatedError
from ionos_model_hub.cli.parser import PROGRAM, create_parser
from ionos_model_hub.errors import ModelHubError

_ERRORS = (
    UsageError,
    RunStoppedError,
    ModelHubError,
    ImportError,
    OSError,
    sqlite3.Error,
    TerminatedError,
)


def dispatch(arguments: Sequence[str] | None) -> int:
    """Run a command and return its exit code; see `main`."""
    _prepare_streams()
    parser = create_parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help(sys.stderr)
        return WRONG_USAGE
    options = parser.parse_args(arguments)
    try:
        # The module of a command is imported on use, because each command needs other extras.
        module = import_module(f"ionos_model_hub.cli.{options.name}")
        code: int = module.run(options)
        sys.stdout.flush()
    except _ERRORS as error:
        _discard_unwritable_output()
        if isinstance(error, BrokenPipeError):  # for example `| head`
            return FAILED
        return fail(f"{PROGRAM} {options.name}", reason_of(error), exit_code_of(error))
    return code


def _discard_unwritable_output() -> None:
    """Discard output that cannot be written; else Python tries it again at the exit and fails."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _prepare_streams() -> None:
    """Replace closed standard streams; replace characters that the output's encoding lacks."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  # until the process ends
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
