"""I/O of the asynchronous client, which waits on the running event loop."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Coroutine, Iterable
from concurrent.futures import Future
from contextlib import asynccontextmanager, nullcontext, suppress
from math import inf
from typing import Any, TypeVar

import httpx

from ionos_model_hub.transport.async_httpx import AsyncHttpx
from ionos_model_hub.transport.connection_errors import convert_error
from ionos_model_hub.transport.event_loop import running_loop
from ionos_model_hub.transport.http.async_socket import open_socket
from ionos_model_hub.transport.http.client import HttpClient
from ionos_model_hub.transport.http.messages import IncomingResponse, OutgoingRequest
from ionos_model_hub.transport.httpx_adapter import AsyncTransport
from ionos_model_hub.transport.httpx_patches import async_patches
from ionos_model_hub.transport.httpx_transport import check_user_client
from ionos_model_hub.transport.proxy_selection import http_proxy, needs_httpx, proxy_for
from ionos_model_hub.transport.sync_io import run_blocking

T = TypeVar("T")

CLEANUP_INTERVAL = 5.0
"""Seconds between two searches for connections that have been idle for too long."""


class AsyncIO:
    """Waits on the running event loop, with separate connections for each loop.

    Args:
        user_client: An httpx client to send all requests with. It is never closed here.
        proxy: URL of the proxy that the user configured.
        url: The base URL, which determines the proxy of the environment.
    """

    # Stored here, because tools that freeze the time in tests replace `time.monotonic`. Calls that
    # wait for a time would wait forever.
    now = staticmethod(time.monotonic)

    def __init__(self, user_client: httpx.AsyncClient | None, proxy: str | None, url: str) -> None:
        check_user_client(user_client, httpx.AsyncClient)
        self._user_http = AsyncHttpx(user_client, proxy) if user_client else None
        self._proxy = proxy
        self._url = url
        # By the id of the loop. A loop outlives its `_LoopHttp`, so an id is never reused.
        self._by_loop: weakref.WeakValueDictionary[int, _LoopHttp] = weakref.WeakValueDictionary()
        weakref.finalize(self, _close_all, self._by_loop).atexit = False

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds."""
        running_loop()
        await asyncio.sleep(seconds)

    async def wait_for(self, future: Future[T], seconds: float = inf) -> T:
        """Return the result of a future that another thread or process will set."""
        running_loop()
        async with asyncio.timeout(None if seconds == inf else seconds):
            return await asyncio.wrap_future(future)

    async def resolve(self, awaitable: Awaitable[T]) -> T:
        """Return the result of an awaitable from the user's code."""
        return await awaitable

    async def send(self, request: OutgoingRequest) -> IncomingResponse:
        """Send a request; return when the headers have arrived. Raises TransportError."""
        loop = running_loop()
        if self._user_http is not None:
            return await self._user_http.send(request)
        loop_http = self._by_loop.get(id(loop)) or await self._start_http()
        http = loop_http.http
        if async_patches.is_patched() and isinstance(http, HttpClient):
            http = loop_http.get_httpx(http)
        return await http.send(request)

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        if loop_http := self._by_loop.get(id(running_loop())):
            await loop_http.aclose()

    async def _start_http(self) -> _LoopHttp:
        for other in [each for ref in self._by_loop.valuerefs() if (each := ref())]:
            other.discard_if_loop_closed()
        proxy = proxy_for(self._url, self._proxy)
        http = (
            AsyncHttpx(None, proxy)
            if needs_httpx(proxy)
            else HttpClient(open_socket, convert_error, http_proxy(proxy))
        )
        loop_http = _LoopHttp(self._by_loop, http, proxy)
        await loop_http.start()
        return loop_http


class _LoopHttp:
    """The HTTP client of the running event loop.

    Its sockets refer to the loop, so whoever owns it keeps the loop alive. Therefore a timer of
    the loop owns it. A loop that is left open is then collected together with its connections.

    Args:
        by_loop: Where it is registered until it is closed.
        http: The client.
        proxy: URL of the proxy that it uses.
    """

    def __init__(
        self,
        by_loop: weakref.WeakValueDictionary[int, _LoopHttp],
        http: HttpClient | AsyncHttpx,
        proxy: str | None,
    ) -> None:
        self.http = http
        self._proxy = proxy
        # By whether httpcore is mocked. They replace `http` while httpx is patched.
        self._httpx: dict[bool, AsyncHttpx] = {}
        self._by_loop = by_loop
        self._loop = asyncio.get_running_loop()
        self._shutdown = self._close_at_shutdown()

    async def start(self) -> None:
        """Start the timer, and the generator that closes the connections with the loop."""
        await anext(self._shutdown)
        self._clean_up()
        self._by_loop[id(self._loop)] = self

    def get_httpx(self, http: HttpClient) -> AsyncHttpx:
        """Return the client that mocks and instrumentation of httpx recognize."""
        is_mocked = async_patches.is_mocked()
        if is_mocked not in self._httpx:
            transport = None if is_mocked else AsyncTransport(http)
            self._httpx[is_mocked] = AsyncHttpx(None, self._proxy, transport)
        return self._httpx[is_mocked]

    async def aclose(self) -> None:
        """Close all connections."""
        await self._shutdown.aclose()

    def close_soon(self) -> None:
        """Close all connections when the loop runs next. Safe to call from any thread."""
        with suppress(RuntimeError):  # The loop is closed.
            self._loop.call_soon_threadsafe(self._start_closing)

    def discard_if_loop_closed(self) -> None:
        """Close all connections of a loop that was closed without shutting down its generators."""
        if self._loop.is_closed():
            self._by_loop.pop(id(self._loop))
            if isinstance(self.http, HttpClient):
                self.http.close()

    def _start_closing(self) -> None:
        if isinstance(self.http, HttpClient) and not self._httpx:
            # Waits for nothing. A task would not run if the loop is about to end, and asyncio logs
            # tasks that are left.
            run_blocking(self.aclose())
        else:
            self._closing = self._loop.create_task(self.aclose())

    def _clean_up(self) -> None:
        if isinstance(self.http, HttpClient):
            self.http.idle.close_expired()
        self._timer = self._loop.call_later(CLEANUP_INTERVAL, self._clean_up)

    async def _close_at_shutdown(self) -> AsyncGenerator[None, None]:
        """Wait until the loop shuts down its asynchronous generators, as all runners do."""
        try:
            yield
        finally:
            self._timer.cancel()
            self._by_loop.pop(id(self._loop), None)
            # httpx cannot close connections on a closed loop.
            with suppress(RuntimeError) if self._loop.is_closed() else nullcontext():
                for client in (self.http, *self._httpx.values()):
                    await client.aclose()


def _close_all(by_loop: weakref.WeakValueDictionary[int, _LoopHttp]) -> None:
    for loop_http in list(by_loop.values()):
        loop_http.close_soon()


async def gather_or_cancel(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return all results in order; at the first failure, cancel the others and raise it."""
    running_loop()
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]

    def cancel_others(task: asyncio.Task[T]) -> None:
        if task.cancelled() or task.exception():
            for other in tasks:
                other.cancel()

    for task in tasks:
        task.add_done_callback(cancel_others)
    try:
        # A TaskGroup cancels one loop iteration later, which lets one more request start.
        return await asyncio.gather(*tasks)
    finally:
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def hold_slot(slots: asyncio.Semaphore) -> AsyncIterator[None]:
    """Hold a slot of a semaphore among calls of `gather_or_cancel`.

    After a failure the slot is released one iteration of the loop later. Until then, the calls
    that wait for it have been cancelled. Otherwise one of them would still send its request.
    """
    await slots.acquire()
    try:
        yield
    except BaseException:
        asyncio.get_running_loop().call_soon(slots.release)
        raise
    slots.release()
