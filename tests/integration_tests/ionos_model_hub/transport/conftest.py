"""A fixture that runs a test with both kinds of sockets."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from faults.raw_server import WithSocket

from ionos_model_hub.transport.http import async_socket, sync_socket
from ionos_model_hub.transport.http.sockets import Socket
from ionos_model_hub.transport.http.target import Origin


@pytest.fixture(params=[sync_socket, async_socket], ids=["sync", "async"])
def with_socket(request: pytest.FixtureRequest) -> WithSocket:
    """Return a function that opens a sync or an async socket."""

    def with_socket(
        port: int,
        use: Callable[[Socket], Awaitable[object]] | None = None,
        *,
        host: str = "127.0.0.1",
        timeout: float = 5.0,
        is_secure: bool = False,
    ) -> None:
        async def open_and_use() -> None:
            opened: Socket = await request.param.open_socket(Origin(is_secure, host, port), timeout)
            try:
                if use:
                    await use(opened)
            finally:
                opened.close()
                opened.close()
                await asyncio.sleep(0)

        # uvloop, which some packages make the default, does not call `socket.getaddrinfo`.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(open_and_use())

    return with_socket
