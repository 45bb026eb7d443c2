"""Run one of these programs in a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Protocol

TESTS = Path(__file__).parents[2]
WARNINGS = ["-X", "dev", "-W", "error", "-W", "ignore:This process:DeprecationWarning"]
PATIENCE = 600
_SLOW_STEP = re.compile(r"^Executing <.* seconds\n", re.MULTILINE)  # asyncio's debug mode says so


class Program(Protocol):
    """Runs a program with arguments and environment; returns what it prints."""

    def __call__(self, name: str, *arguments: object, **environment: str) -> str: ...


def run_program(name: str, *arguments: object, **environment: str) -> str:
    """Run a program with all warnings as errors; fail unless it ends well and in silence."""
    ran = subprocess.run(
        [sys.executable, *WARNINGS, "-m", f"faults.programs.{name}", *map(str, arguments)],
        env={**os.environ, **environment, "PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    said = _SLOW_STEP.sub("", ran.stderr)
    assert (ran.returncode, said) == (0, ""), said[-4000:]
    return ran.stdout
