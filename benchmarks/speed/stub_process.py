"""Start and stop the stub in a separate process."""

from __future__ import annotations

import subprocess
import sys
from typing import Self


class Stub:
    """The running stub."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.speed.stub"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def url(self, response: str) -> str:
        """Return the base URL at which all requests get the response with this name."""
        return f"http://127.0.0.1:{self.port}/{response}/v1"
