"""Run operations on a store of token buckets in a thread, and detect outages of the store."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Protocol

from ionos_model_hub.policy.shared_bucket import Grant, Operation
from ionos_model_hub.policy.token_bucket import BucketLimits
from ionos_model_hub.transport.fork_safety import abandon, reset_after_fork

logger = logging.getLogger("ionos_model_hub")

Task = tuple[Future[Grant], Callable[[], Grant]]

SECONDS_BETWEEN_PROBES = 5.0
"""How often an unavailable store is tried again."""


class StoreUnavailableError(Exception):
    """The store cannot be used at the moment."""


class BucketStore(Protocol):
    """Token buckets in a place that several processes use. Called by one thread."""

    def run(self, name: str, limits: BucketLimits, operation: Operation) -> Grant:
        """Run an operation on a bucket, which is full if it does not exist; atomic.

        Raises:
            StoreUnavailableError: The store cannot be used; the message contains no secrets.
        """

    def check(self) -> None:
        """Check that the store can be used; raises StoreUnavailableError."""

    def close(self) -> None:
        """Close the connection to the store."""


class StoreWorker:
    """Runs operations in a thread, so that event loops are not blocked.

    While the store is unavailable, operations fail at once, and a probe is made every few seconds.

    Args:
        open_store: Returns a store; it connects with the first operation.

    Attributes:
        is_available: Whether the latest operation or probe succeeded.
        changes: How often `is_available` has changed.
    """

    def __init__(self, open_store: Callable[[], BucketStore]) -> None:
        self._open_store = open_store
        self._start()
        reset_after_fork(self)

    def _start(self) -> None:
        self.is_available = True
        self.changes = 0
        self._next_probe = 0.0
        self._lock = threading.Lock()
        self._store = self._open_store()
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        # The callback may run at any time, within any other code, so it must not take a lock.
        self._finalizer = weakref.finalize(self, self._tasks.put, None)
        self._finalizer.atexit = False

    def after_fork(self) -> None:
        """Leave the thread and the connection to the parent process."""
        self._finalizer.detach()
        abandon(self._store)
        self._start()

    def submit(self, name: str, limits: BucketLimits, operation: Operation) -> Future[Grant]:
        """Run an operation after those submitted before it.

        The future may raise StoreUnavailableError.
        """
        return self._submit(lambda: self._run(name, limits, operation))

    def probe(self, now: float) -> None:
        """Check in the background whether an unavailable store is back, unless it is too early."""
        with self._lock:
            if now < self._next_probe:
                return
            self._next_probe = now + SECONDS_BETWEEN_PROBES
        self._submit(self._probe)

    def _submit(self, function: Callable[[], Grant]) -> Future[Grant]:
        future: Future[Grant] = Future()
        try:
            self._start_thread()
        except RuntimeError:  # The interpreter is shutting down.
            self.is_available = False
            future.set_exception(StoreUnavailableError())
        else:
            self._tasks.put((future, function))
        return future

    def _start_thread(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(
                    target=_run_tasks,
                    args=(self._tasks, self._store),
                    name="ionos-shared-limit",
                    daemon=True,
                )
                thread.start()
                self._thread = thread

    def _run(self, name: str, limits: BucketLimits, operation: Operation) -> Grant:
        if not self.is_available:
            raise StoreUnavailableError
        try:
            return self._store.run(name, limits, operation)
        except StoreUnavailableError as error:
            self._set_available(False)
            logger.warning(
                "The shared rate limit is unavailable (%s). Until it is back, this process keeps "
                "its own limit.",
                error,
            )
            raise

    def _probe(self) -> Grant:
        self._store.check()
        if not self.is_available:
            self._set_available(True)
            logger.info("The shared rate limit is available again.")
        return Grant(0.0, 0.0)

    def _set_available(self, is_available: bool) -> None:
        self.is_available = is_available
        self.changes += 1


def _run_tasks(tasks: SimpleQueue[Task | None], store: BucketStore) -> None:
    """Run tasks until None arrives, when the worker is no longer used; then close the store."""
    while task := tasks.get():
        future, function = task
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(function())
            except Exception as error:  # noqa: BLE001  # for the thread that waits
                future.set_exception(error)
        del task, future, function  # They refer to the worker.
    store.close()
