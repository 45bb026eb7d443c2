"""Locks that keep two processes from writing to the same output."""

import os
import sys
from pathlib import Path

from ionos_model_hub.cli.common.errors import UsageError

_ATTEMPTS = 10


class PathLock:
    """A lock on an existing file or folder, held until it is closed or the process ends.

    Windows has no such locks for folders; there, the class has no effect.

    Raises:
        UsageError: Another process holds the lock.
        FileNotFoundError: The path was removed before it could be locked.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor: int | None = None
        if sys.platform == "win32":
            return
        from fcntl import LOCK_EX, LOCK_NB, flock

        self._descriptor = os.open(path, os.O_RDONLY)
        try:
            flock(self._descriptor, LOCK_EX | LOCK_NB)
            # The process that held the lock may have removed the path after it was opened here.
            if not os.path.samestat(os.fstat(self._descriptor), os.stat(path)):
                raise FileNotFoundError(path)
        except BlockingIOError:
            self.close()
            raise UsageError(f"Another process is writing to {path}.") from None
        except FileNotFoundError:
            self.close()
            raise

    def close(self) -> None:
        """Release the lock. Further calls have no effect."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def create_and_lock(folder: Path) -> PathLock:
    """Create a folder, unless it exists, and lock it.

    Raises:
        UsageError: Another process holds the lock.
    """
    for _ in range(_ATTEMPTS):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return PathLock(folder)
        except FileNotFoundError:  # removed by the process that finished just now
            continue
    raise UsageError(f"Another process is writing to {folder}.")
