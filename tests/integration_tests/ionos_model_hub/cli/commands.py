"""Run `ionos-model-hub` in this process, in its own process, and with a kill at a call."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ionos_model_hub.cli import main
from ionos_model_hub.emulator import Emulator


@dataclass(frozen=True)
class Result:
    """The exit code and the output of a command."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Result]


def run_in_process(capsys: pytest.CaptureFixture[str], *arguments: object) -> Result:
    """Run a command in this process."""
    capsys.readouterr()
    try:
        code = main([*map(str, arguments)])
    except SystemExit as error:
        code = int(error.code or 0)
    captured = capsys.readouterr()
    return Result(code, captured.out, captured.err)


def environment(emulator: Emulator) -> dict[str, str]:
    return {**os.environ, "IONOS_API_KEY": "k", "IONOS_BASE_URL": emulator.base_url}


def start_process(
    emulator: Emulator, folder: Path, *arguments: object, python: Sequence[str] = ()
) -> "subprocess.Popen[str]":
    """Start a command in its own process.

    Args:
        emulator: The hub.
        folder: The working directory.
        *arguments: The command and its arguments.
        python: Arguments of Python. Default: run the command line.
    """
    program = python or ("-m", "ionos_model_hub.cli")
    return subprocess.Popen(
        [sys.executable, *program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment(emulator),
        preexec_fn=_restore_signals,
    )


def _restore_signals() -> None:
    """Undo that a shell or runner lets its background processes ignore signals."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def kill_at_call(place: str, attribute: str, when: str, nth: int) -> tuple[str, str]:
    """Return arguments of Python that run the command line and kill it at a call of a function.

    Args:
        place: Module of the function, or module and class separated by a colon.
        attribute: Name of the function.
        when: "before" or "after" the call.
        nth: Number of the call, starting at 1.
    """
    program = _KILL_AT_CALL.format(place=place, attribute=attribute, when=when, nth=nth)
    return "-c", program


_KILL_AT_CALL = """
import os, signal, sys
from importlib import import_module
from ionos_model_hub.cli import main

place, attribute, when, nth = {place!r}, {attribute!r}, {when!r}, {nth}
module, _, name = place.partition(":")
owner = import_module(module)
if name:
    owner = getattr(owner, name)
real = getattr(owner, attribute)
calls = 0

def call_and_kill(*arguments, **options):
    global calls
    calls += 1
    if calls == nth and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*arguments, **options)
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, attribute, call_and_kill)
sys.exit(main())
"""
