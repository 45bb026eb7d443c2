"""Only one process at a time writes to a folder."""

import os
import sys
from pathlib import Path

from ionos_model_hub.cli.embed.records import UsageError


class Lock:
    """Held from its making until it is released, or until the process ends.

    Windows has no such locks for folders: there it does nothing.

    Raises:
        UsageError: Another process holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor: int | None = None
        if sys.platform == "win32":
            return
        from fcntl import LOCK_EX, LOCK_NB, flock

        self._descriptor = os.open(folder, os.O_RDONLY)
        try:
            flock(self._descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            self.release()
            raise UsageError(f"Another process is writing to {folder}.") from None

    def release(self) -> None:
        """Let go; a second time does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
