"""The lock under which pages are rendered."""

import threading

from ionos_model_hub.transport.fork_safety import reset_after_fork


class RenderingLock:
    """A lock that a forked child process does not inherit in the locked state."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        reset_after_fork(self)

    def after_fork(self) -> None:
        """Replace the lock, which a thread of the parent may have held. Called in the child."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()


RENDERING = RenderingLock()
"""PDFium is not thread-safe. Images share the lock, so that one scan is decoded at a time."""
