"""How the synchronous shell waits and sends: by blocking the thread."""

from __future__ import annotations

import threading
import time
import weakref
from concurrent.futures import Future
from typing import TypeVar

import httpx

from ionos_model_hub.transport.fork_safety import forget_in_children
from ionos_model_hub.transport.http.client import Engine
from ionos_model_hub.transport.http.sync_socket import open_socket
from ionos_model_hub.transport.httpx_transport import BlockingHttpx, goes_through_proxy
from ionos_model_hub.transport.interfaces import Outgoing, Reply

T = TypeVar("T")


class BlockingIO:
    """Waits by blocking the thread. Safe to share between threads.

    Args:
        given: A caller's own client, which sends everything and stays the caller's to close.
        proxy: URL of a proxy.
    """

    def __init__(self, given: httpx.Client | None, proxy: str | None) -> None:
        self._given = given
        self._proxy = proxy
        self._reset()
        forget_in_children(self)

    def _reset(self) -> None:
        # A handler of signals may close the client while this very thread opens it.
        self._lock = threading.RLock()
        self._engine: Engine | BlockingHttpx | None = None
        self._close: weakref.finalize[[], BlockingIO] | None = None

    def after_fork(self) -> None:
        """Open connections of its own in a child process."""
        if self._close is not None:
            self._close.detach()
        if self._engine is not None:
            self._engine.abandon()
        self._reset()

    def now(self) -> float:
        """Return seconds of a monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)  # noqa: ASYNC251  # this shell blocks; see `client.run`

    async def result(self, future: Future[T]) -> T:
        """Wait for what another thread or process will tell."""
        return future.result()

    async def send(self, request: Outgoing) -> Reply:
        """Send a request and return as soon as the headers are there; raises TransportError."""
        return await (self._engine or self._start()).send(request)

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        with self._lock:
            if self._close is not None:
                self._close()
            self._engine = self._close = None

    def _start(self) -> Engine | BlockingHttpx:
        with self._lock:  # Another thread may have been faster.
            return self._engine or self._open()

    def _open(self) -> Engine | BlockingHttpx:
        # httpx knows about proxies, our engine connects directly.
        if self._given or goes_through_proxy(self._proxy):
            self._engine = BlockingHttpx(self._given, self._proxy)
        else:
            self._engine = Engine(open_socket)
        self._close = weakref.finalize(self, self._engine.close)
        return self._engine
