"""Run one of these programs in a separate process."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Protocol

TESTS = Path(__file__).parents[2]
WARNINGS = ["-X", "dev", "-W", "error", "-W", "ignore:This process:DeprecationWarning"]
TIMEOUT = 600
# The debug mode of asyncio logs slow steps.
_SLOW_STEP = re.compile(r"^Executing <.* seconds\n", re.MULTILINE)


class Program(Protocol):
    """Runs a program with arguments and environment variables; returns its output."""

    def __call__(self, name: str, *arguments: object, **environment: str) -> str: ...


def run_program(name: str, *arguments: object, **environment: str) -> str:
    """Run a program with warnings as errors; fail if it fails or writes to stderr."""
    completed = subprocess.run(
        [sys.executable, *WARNINGS, "-m", f"faults.programs.{name}", *map(str, arguments)],
        env={**os.environ, **environment, "PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    errors = _SLOW_STEP.sub("", completed.stderr)
    assert (completed.returncode, errors) == (0, ""), errors[-4000:]
    return completed.stdout
