"""I/O of the synchronous client, which blocks the thread."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Awaitable, Coroutine
from concurrent.futures import Future
from math import inf
from typing import Any, TypeVar

import httpx

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.policy.deadline import MAX_TIMEOUT
from ionos_model_hub.transport.connection_errors import convert_error
from ionos_model_hub.transport.fork_safety import abandon, reset_after_fork
from ionos_model_hub.transport.http.client import HttpClient
from ionos_model_hub.transport.http.messages import IncomingResponse, OutgoingRequest
from ionos_model_hub.transport.http.sync_socket import open_socket
from ionos_model_hub.transport.httpx_adapter import SyncTransport
from ionos_model_hub.transport.httpx_patches import sync_patches
from ionos_model_hub.transport.httpx_transport import check_user_client
from ionos_model_hub.transport.proxy_selection import http_proxy, needs_httpx, proxy_for
from ionos_model_hub.transport.sync_httpx import SyncHttpx

T = TypeVar("T")

_LOOP_ERRORS = ("event loop", "async library", "async context", "async backend")
"""In the RuntimeErrors of asyncio, anyio, sniffio and trio without a running event loop."""


def run_blocking(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine whose awaits block the thread and never suspend it."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("A synchronous call must wait through its IO only.")


async def resolve_blocking(awaitable: Awaitable[T]) -> T:
    """Return the result of an awaitable; raises ConfigurationError if it has to wait."""
    iterator = awaitable.__await__()
    try:
        next(iterator)
    except StopIteration as stop:
        result: T = stop.value
        return result
    except RuntimeError as error:
        if not any(text in str(error) for text in _LOOP_ERRORS):
            raise
    else:
        iterator.close()
    raise ConfigurationError(
        "api_key is an async function that waits, which a synchronous call cannot do.",
        hint="Pass a synchronous function, or use the asynchronous methods.",
        param="api_key",
    )


class SyncIO:
    """Waits by blocking the thread. Safe to share between threads.

    Args:
        user_client: An httpx client to send all requests with. It is never closed here.
        proxy: URL of the proxy that the user configured.
        url: The base URL, which determines the proxy of the environment.
    """

    # Stored here, because tools that freeze the time in tests replace `time.monotonic`. Calls that
    # wait for a time would wait forever.
    now = staticmethod(time.monotonic)

    def __init__(self, user_client: httpx.Client | None, proxy: str | None, url: str) -> None:
        check_user_client(user_client, httpx.Client)
        self._user_client = user_client
        self._proxy = proxy
        self._url = url
        self._reset()
        reset_after_fork(self)

    def _reset(self) -> None:
        # Reentrant, because a signal handler that closes the client may interrupt this thread.
        self._lock = threading.RLock()
        self._http: HttpClient | SyncHttpx | None = None
        self._close_http: weakref.finalize[[], SyncIO] | None = None
        # By whether httpcore is mocked. They replace `_http` while httpx is patched.
        self._httpx: dict[bool, SyncHttpx] = {}

    def after_fork(self) -> None:
        """Leave the connections to the parent process."""
        if self._close_http is not None:
            self._close_http.detach()
        for http in (self._http, *self._httpx.values()):
            if http is not None:
                abandon(http)
        self._reset()

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds."""
        time.sleep(seconds)  # noqa: ASYNC251  # blocks on purpose; see `run_blocking`

    async def wait_for(self, future: Future[T], seconds: float = inf) -> T:
        """Return the result of a future that another thread or process will set."""
        return future.result(None if seconds > MAX_TIMEOUT else seconds)

    async def resolve(self, awaitable: Awaitable[T]) -> T:
        """Return the result of an awaitable; raises ConfigurationError if it waits."""
        return await resolve_blocking(awaitable)

    async def send(self, request: OutgoingRequest) -> IncomingResponse:
        """Send a request; return when the headers have arrived. Raises TransportError."""
        http = self._http or self._get_http()
        if sync_patches.is_patched() and isinstance(http, HttpClient):
            http = self._get_httpx(http)
        return await http.send(request)

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        with self._lock:
            if self._close_http is not None:
                self._close_http()
            for client in self._httpx.values():
                client.close()
            self._httpx = {}
            self._http = self._close_http = None

    def _get_http(self) -> HttpClient | SyncHttpx:
        with self._lock:  # Another thread may have created it meanwhile.
            return self._http or self._create_http()

    def _get_httpx(self, http: HttpClient) -> SyncHttpx:
        """Return the client that mocks and instrumentation of httpx recognize."""
        is_mocked = sync_patches.is_mocked()
        with self._lock:
            if is_mocked not in self._httpx:
                proxy = proxy_for(self._url, self._proxy)
                transport = None if is_mocked else SyncTransport(http, run_blocking)
                self._httpx[is_mocked] = SyncHttpx(None, proxy, transport)
            return self._httpx[is_mocked]

    def _create_http(self) -> HttpClient | SyncHttpx:
        proxy = proxy_for(self._url, self._proxy)
        if self._user_client or needs_httpx(proxy):
            self._http = SyncHttpx(self._user_client, proxy)
        else:
            self._http = HttpClient(open_socket, convert_error, http_proxy(proxy))
        self._close_http = weakref.finalize(self, self._http.close)
        return self._http
