"""Sync and async sockets behave the same when they read, write and become stale."""

import asyncio
import gc
import socket
import struct
import threading

import pytest
from faults.certificates import client_context, server_context
from faults.raw_server import Handler, WithSocket, serve_once, stay_silent

from ionos_model_hub.transport.http import async_socket, sockets
from ionos_model_hub.transport.http.sockets import Socket
from ionos_model_hub.transport.http.target import Origin


class TestReading:
    def test_large_body(self, with_socket: WithSocket) -> None:
        async def read(opened: Socket) -> None:
            await asyncio.sleep(0.1)
            sizes = []
            while data := await opened.read(5):
                sizes.append(len(data))
                await asyncio.sleep(0)
            assert sum(sizes) == 4_000_000
            assert max(sizes) <= 1_000_000

        def handle(connection: socket.socket) -> None:
            connection.sendall(b"x" * 4_000_000)
            connection.shutdown(socket.SHUT_WR)

        with serve_once(handle) as port:
            with_socket(port, read)

    def test_read_timeout(self, with_socket: WithSocket) -> None:
        async def read(opened: Socket) -> None:
            with pytest.raises(TimeoutError):
                await opened.read(0.05)

        with serve_once(stay_silent) as port:
            with_socket(port, read)

    def test_read_without_waiting(self, with_socket: WithSocket) -> None:
        may_send = threading.Event()

        async def read(opened: Socket) -> None:
            with pytest.raises(TimeoutError):
                await opened.read(0)
            may_send.set()
            assert await opened.read(5) == b"a"
            for _ in range(500):  # until the next byte has arrived
                await asyncio.sleep(0.01)
                if opened.is_stale():
                    break
            assert await opened.read(0) == b"b"

        def handle(connection: socket.socket) -> None:
            may_send.wait(5)
            connection.sendall(b"a")
            threading.Event().wait(0.05)
            connection.sendall(b"b")
            threading.Event().wait(0.5)

        with serve_once(handle) as port:
            with_socket(port, read)

    def test_reset_connection(self, with_socket: WithSocket) -> None:
        is_open = threading.Event()

        def handle(connection: socket.socket) -> None:
            is_open.wait(5)
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close()

        async def read(opened: Socket) -> None:
            is_open.set()
            with pytest.raises(OSError, match="reset"):
                await opened.read(5)
            assert opened.is_stale()

        with serve_once(handle) as port:
            with_socket(port, read)

    def test_read_without_timeout(self, with_socket: WithSocket) -> None:
        async def read(opened: Socket) -> None:
            assert await opened.read(None) == b"late"

        def handle(connection: socket.socket) -> None:
            threading.Event().wait(0.05)
            connection.sendall(b"late")

        with serve_once(handle) as port:
            with_socket(port, read)

    async def test_timeout_after_data_arrived_is_ignored(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        async_socket._time_out(future)
        assert future.exception() is None


class TestStaleness:
    def test_silent_connection_is_not_stale(self, with_socket: WithSocket) -> None:
        async def check(opened: Socket) -> None:
            assert not opened.is_stale()

        with serve_once(stay_silent) as port:
            with_socket(port, check)

    @pytest.mark.parametrize(
        "act",
        [lambda connection: connection.sendall(b"stray"), lambda connection: connection.close()],
        ids=["stray-bytes", "closed"],
    )
    def test_closed_connection_or_stray_bytes_are_stale(
        self, with_socket: WithSocket, act: Handler
    ) -> None:
        acted = threading.Event()

        def handle(connection: socket.socket) -> None:
            act(connection)
            acted.set()

        async def check(opened: Socket) -> None:
            await asyncio.to_thread(acted.wait, 5)
            await asyncio.sleep(0.05)
            assert opened.is_stale()

        with serve_once(handle) as port:
            with_socket(port, check)

    def test_staleness_on_systems_without_poll(
        self, with_socket: WithSocket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sockets, "_HAS_POLL", False)
        self.test_silent_connection_is_not_stale(with_socket)
        self.test_closed_connection_or_stray_bytes_are_stale(
            with_socket, lambda connection: connection.close()
        )


class TestWriting:
    def test_write_timeout(self, with_socket: WithSocket) -> None:
        async def write(opened: Socket) -> None:
            with pytest.raises(TimeoutError):
                await opened.write(b"x" * 50_000_000, 0.1)

        with serve_once(stay_silent) as port:
            with_socket(port, write)

    def test_server_that_reads_late(self, with_socket: WithSocket) -> None:
        has_all = threading.Event()

        def handle(connection: socket.socket) -> None:
            threading.Event().wait(0.05)
            left = 8_000_000
            while left:
                left -= len(connection.recv(1_000_000))
            has_all.set()

        async def write(opened: Socket) -> None:
            await opened.write(b"x" * 8_000_000, 10)
            assert await asyncio.to_thread(has_all.wait, 10)

        with serve_once(handle) as port:
            with_socket(port, write)

    async def test_write_ends_when_server_responds_early_and_shuts_down(self) -> None:
        def handle(connection: socket.socket) -> None:
            threading.Event().wait(0.05)
            connection.sendall(b"too long")
            connection.shutdown(socket.SHUT_WR)

        with serve_once(handle) as port:
            opened = await async_socket.open_socket(Origin(False, "127.0.0.1", port), 5)
            await opened.write(b"x" * 50_000_000, 3)
            assert await opened.read(5) == b"too long"
            opened.close()

    def test_write_to_closed_connection(self, with_socket: WithSocket) -> None:
        async def write(opened: Socket) -> None:
            assert await opened.read(5) == b""
            with pytest.raises(OSError):  # noqa: PT011, PT012  # Systems differ in when and how.
                for _ in range(3):
                    await opened.write(b"x" * 1_000_000, 5)
                    await asyncio.sleep(0.05)

        with serve_once(lambda connection: connection.close()) as port:
            with_socket(port, write)


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
def test_close_after_loop_is_closed(is_secure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    context = server_context("127.0.0.1") if is_secure else None

    def handle(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) if context else connection as opened:
            while opened.recv(1):
                pass
        ended.set()

    monkeypatch.setattr(async_socket, "ssl_context", client_context)
    with serve_once(handle) as port:
        loop = asyncio.SelectorEventLoop()
        origin = Origin(is_secure, "127.0.0.1", port)
        try:
            opened = loop.run_until_complete(async_socket.open_socket(origin, 5))
        finally:
            loop.close()
        opened.close()
        opened.close()
        assert ended.wait(5)
        del opened
        gc.collect()  # A ResourceWarning fails the test.
