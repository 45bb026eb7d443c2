"""A program in a terminal, for tests."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Self

_PATIENCE = 60.0
_ESCAPE_SEQUENCES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """Runs a program whose standard streams are a terminal.

    Args:
        arguments: The command line.
        environment: Additional environment variables.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._terminal, other_end = pty.openpty()
        self._process = subprocess.Popen(
            arguments,
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            start_new_session=True,
            preexec_fn=_make_controlling_terminal,  # so that Ctrl-C sends a signal
            env={**os.environ, "TERM": "xterm", "COLUMNS": "200", **environment},
        )
        os.close(other_end)
        self._output = ""

    def type(self, text: str) -> None:
        """Type some characters."""
        os.write(self._terminal, text.encode())

    def read_until(self, text: str) -> str:
        """Return the output up to and including a text, with escape sequences."""
        ends_at = time.monotonic() + _PATIENCE
        while text not in self._output:
            assert time.monotonic() < ends_at, self._output
            assert self._read(), self._output
        end = self._output.index(text) + len(text)
        output, self._output = self._output[:end], self._output[end:]
        return output

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def finish(self) -> tuple[int, str]:
        """Return the exit code and the remaining output without escape sequences."""
        ends_at = time.monotonic() + _PATIENCE
        while self._read():
            assert time.monotonic() < ends_at, self._output
        return self._process.wait(_PATIENCE), _ESCAPE_SEQUENCES.sub("", self._output)

    def _read(self) -> bool:
        """Read some output; return False at its end."""
        if not select.select([self._terminal], [], [], 1.0)[0]:
            return True
        data = b""
        with suppress(OSError):  # how Linux reports the end
            data = os.read(self._terminal, 4096)
        self._output += data.decode(errors="replace").replace("\r", "")
        return bool(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)


def _make_controlling_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
