"""How the asynchronous shell waits and sends: on the running event loop."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import AsyncGenerator, Coroutine, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

import httpx

from ionos_model_hub.transport.http.async_socket import open_socket
from ionos_model_hub.transport.http.client import Engine
from ionos_model_hub.transport.http.pool import IdleConnections
from ionos_model_hub.transport.httpx_transport import LoopHttpx, goes_through_proxy
from ionos_model_hub.transport.interfaces import Outgoing, Reply

T = TypeVar("T")

SECONDS_BETWEEN_TIDYING = 5.0
"""Idle connections of a loop that sends nothing more are closed that much later, at most."""


class LoopIO:
    """Waits on the running event loop, with connections of their own for each loop.

    Args:
        given: A caller's own client, which sends everything and stays the caller's to close.
        proxy: URL of a proxy.
    """

    def __init__(self, given: httpx.AsyncClient | None, proxy: str | None) -> None:
        self._given = LoopHttpx(given, proxy) if given else None
        self._proxy = proxy
        self._keepers: dict[asyncio.AbstractEventLoop, _Keeper] = {}

    def now(self) -> float:
        """Return seconds of a monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def result(self, future: Future[T]) -> T:
        """Wait for what another thread or process will tell."""
        return await asyncio.wrap_future(future)

    async def send(self, request: Outgoing) -> Reply:
        """Send a request and return as soon as the headers are there; raises TransportError."""
        if self._given is not None:
            return await self._given.send(request)
        keeper = self._keepers.get(asyncio.get_running_loop()) or await self._keeper()
        return await keeper.engine.send(request)

    async def aclose(self) -> None:
        """Close the running loop's connections."""
        if keeper := self._keepers.get(asyncio.get_running_loop()):
            await keeper.aclose()

    async def _keeper(self) -> _Keeper:
        for other in list(self._keepers):  # Other threads add theirs meanwhile.
            if other.is_closed():
                self._keepers.pop(other, None)
        loop = asyncio.get_running_loop()
        keeper = self._keepers[loop] = _Keeper(self._keepers, loop, self._proxy)
        await keeper.start()
        return keeper


class _Keeper:
    """The engine of one loop, and the generator by which the loop closes it."""

    def __init__(
        self,
        keepers: dict[asyncio.AbstractEventLoop, _Keeper],
        loop: asyncio.AbstractEventLoop,
        proxy: str | None,
    ) -> None:
        # httpx knows about proxies, our engine connects directly.
        uses_httpx = goes_through_proxy(proxy)
        self.engine = LoopHttpx(None, proxy) if uses_httpx else Engine(open_socket)
        self._closing = _until_closed(keepers, loop, self.engine)

    async def start(self) -> None:
        """Begin the generator inside its loop, which closes it from then on."""
        await anext(self._closing)
        if isinstance(self.engine, Engine):
            _tidy(asyncio.get_running_loop(), weakref.ref(self.engine.idle))

    async def aclose(self) -> None:
        await self._closing.aclose()


async def _until_closed(
    keepers: dict[asyncio.AbstractEventLoop, _Keeper],
    loop: asyncio.AbstractEventLoop,
    engine: Engine | LoopHttpx,
) -> AsyncGenerator[None, None]:
    """Close an engine when its loop shuts down its asynchronous generators, as all runners do."""
    try:
        yield
    finally:
        keepers.pop(loop, None)
        await engine.aclose()


def _tidy(loop: asyncio.AbstractEventLoop, idle: weakref.ref[IdleConnections]) -> None:
    """Close what has been idle for too long, now and every few seconds while it is in use."""
    if (connections := idle()) is not None:
        connections.tidy()
        loop.call_later(SECONDS_BETWEEN_TIDYING, _tidy, loop, idle)


async def all_or_none(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return all results in order; at the first failure, stop the others and raise it."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]

    def stop_others(task: asyncio.Task[T]) -> None:
        if task.cancelled() or task.exception():
            for other in tasks:
                other.cancel()

    for task in tasks:
        task.add_done_callback(stop_others)
    try:
        # Not a TaskGroup, which is a step behind when it is stopped itself: a request too many.
        return await asyncio.gather(*tasks)
    finally:
        await asyncio.gather(*tasks, return_exceptions=True)
