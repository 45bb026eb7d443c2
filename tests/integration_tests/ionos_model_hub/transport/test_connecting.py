"""Sockets connect to one of a host's addresses, with or without TLS."""

import asyncio
import gc
import select
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import TypeVar

import pytest
import trustme
from faults.raw_server import WithSocket, full_backlog, serve_once, stay_silent

from ionos_model_hub import AsyncClient, Client
from ionos_model_hub.transport.http import async_socket, sockets, sync_socket, tls
from ionos_model_hub.transport.http.addresses import AddressInfo, Server, working_addresses
from ionos_model_hub.transport.http.sockets import Socket
from ionos_model_hub.transport.http.target import Origin

T = TypeVar("T")


@pytest.fixture
def full_server() -> Iterator[int]:
    with full_backlog() as port:
        yield port


def test_refused_connection(with_socket: WithSocket) -> None:
    with pytest.raises(ConnectionRefusedError, match=r"^\[Errno \d+\] Connection refused$"):
        with_socket(9)


def test_connect_timeout(with_socket: WithSocket, full_server: int) -> None:
    with pytest.raises(TimeoutError):
        with_socket(full_server, timeout=0.1)


def test_silent_connections_are_probed(with_socket: WithSocket) -> None:
    async def check(opened: Socket) -> None:
        connection = opened._connection  # type: ignore[attr-defined]
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle = socket.TCP_KEEPALIVE if sys.platform == "darwin" else socket.TCP_KEEPIDLE
        assert connection.getsockopt(socket.IPPROTO_TCP, idle) < 60
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    with serve_once(stay_silent) as port:
        with_socket(port, check)


def test_unsupported_socket_options_are_ignored(
    with_socket: WithSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "_OPTIONS", ((socket.SOL_SOCKET, 0x7FFF, 1),))
    with serve_once(stay_silent) as port:
        with_socket(port)


async def test_connection_reset_before_its_first_use_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        connection = socket.create_connection(("127.0.0.1", port), 5)
        with listener.accept()[0] as accepted:
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert select.select([connection], [], [], 5)[0]

    async def connect(*_: object, **__: object) -> socket.socket:
        return connection

    monkeypatch.setattr(async_socket, "start_connection", connect)
    with pytest.raises(OSError, match="not connected"):
        await async_socket.open_socket(Origin(False, "127.0.0.1", port), 5)
    assert connection.fileno() == -1


class TestLookups:
    """Connections that are opened at once share the lookup of their server."""

    @pytest.fixture
    def lookups(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        resolve = socket.getaddrinfo
        names: list[str] = []

        def count(host: str, port: int, *args: int, **options: int) -> object:
            names.append(host)
            if port == 1:
                raise socket.gaierror("no such name")
            return resolve("127.0.0.1", port, *args, **options)

        monkeypatch.setattr(socket, "getaddrinfo", count)
        return names

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        # uvloop, which some packages make the default, does not call `socket.getaddrinfo`.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(coroutine)

    async def open_all(self, port: int) -> list[type]:
        origin = Origin(False, "localhost", port)
        opening = [async_socket.open_socket(origin, 5) for _ in range(10)]
        opened = await asyncio.gather(*opening, return_exceptions=True)
        for connection in opened:
            if isinstance(connection, async_socket.AsyncSocket):
                connection.close()
        return list(map(type, opened))

    def test_one_lookup_for_many_connections(self, lookups: list[str]) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=20) as listener:
            port = listener.getsockname()[1]
            for _ in range(2):
                assert self.run(self.open_all(port)) == [async_socket.AsyncSocket] * 10
        assert lookups == ["localhost"] * 2

    def test_failed_lookup_is_repeated(self, lookups: list[str]) -> None:
        for _ in range(2):
            assert self.run(self.open_all(1)) == [socket.gaierror] * 10
        assert lookups == ["localhost"] * 2

    def test_failed_lookup_is_in_no_reference_cycle(self, lookups: list[str]) -> None:
        gc.collect()
        gc.disable()
        try:
            self.run(self.open_all(1))
            assert list(async_socket._lookups) == []
        finally:
            gc.enable()
        assert lookups == ["localhost"]

    def test_cancelled_connection_does_not_cancel_the_lookup(self, lookups: list[str]) -> None:
        async def open_two(port: int) -> None:
            origin = Origin(False, "localhost", port)
            first = asyncio.ensure_future(async_socket.open_socket(origin, 5))
            second = asyncio.ensure_future(async_socket.open_socket(origin, 5))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            first.cancel()
            (await second).close()
            assert first.cancelled()

        with socket.create_server(("127.0.0.1", 0), backlog=20) as listener:
            self.run(open_two(listener.getsockname()[1]))
        assert lookups == ["localhost"]

    @pytest.mark.parametrize("is_loop_closed", [False, True])
    def test_lookup_that_outlasts_its_call_is_not_logged(
        self,
        is_loop_closed: bool,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        may_fail, failed = threading.Event(), threading.Event()

        def fail_late(*_: object, **__: object) -> None:
            may_fail.wait(5)
            failed.set()
            raise socket.gaierror("no such name")

        async def time_out() -> None:
            with pytest.raises(TimeoutError):
                await async_socket.open_socket(Origin(False, "localhost", 1), 0.01)

        async def wait_for_failure() -> None:
            may_fail.set()
            await asyncio.to_thread(failed.wait, 5)
            await asyncio.sleep(0.05)

        monkeypatch.setattr(socket, "getaddrinfo", fail_late)
        loop = asyncio.SelectorEventLoop()
        loop.run_until_complete(time_out())
        if not is_loop_closed:
            loop.run_until_complete(wait_for_failure())
        loop.close()
        may_fail.set()
        assert failed.wait(5)
        del loop
        gc.collect()
        assert [each for each in caplog.records if each.levelname == "ERROR"] == []


class TestAddresses:
    KIND = (socket.SOCK_STREAM, 6, "")

    @pytest.fixture(autouse=True)
    def short_timeout_per_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sync_socket, "CONNECT_TIMEOUT_PER_ADDRESS", 0.05)
        monkeypatch.setattr(async_socket, "ATTEMPT_DELAY", 0.05)
        working_addresses.clear()

    def resolve_to(self, monkeypatch: pytest.MonkeyPatch, *addresses: tuple[object, ...]) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: list(addresses))

    def test_unreachable_addresses_are_skipped(
        self, with_socket: WithSocket, monkeypatch: pytest.MonkeyPatch, full_server: int
    ) -> None:
        async def read(opened: Socket) -> None:
            assert await opened.read(5) == b"here"

        with serve_once(lambda connection: connection.sendall(b"here")) as good:
            ports = (9, full_server, good)
            addresses = [(socket.AF_INET, *self.KIND, ("127.0.0.1", port)) for port in ports]
            self.resolve_to(monkeypatch, *addresses)
            with_socket(1, read, host="somewhere")

    def test_working_address_is_tried_first_afterwards(
        self, with_socket: WithSocket, monkeypatch: pytest.MonkeyPatch, full_server: int
    ) -> None:
        with serve_once(stay_silent) as good:
            ports = (full_server, good)
            addresses = [(socket.AF_INET, *self.KIND, ("127.0.0.1", port)) for port in ports]
            self.resolve_to(monkeypatch, *addresses)
            with_socket(1, host="somewhere")
        assert working_addresses.order(("somewhere", 1), addresses) == addresses[::-1]

    @pytest.mark.slow
    def test_more_dead_addresses_than_seconds(
        self, with_socket: WithSocket, monkeypatch: pytest.MonkeyPatch, full_server: int
    ) -> None:
        monkeypatch.setattr(sync_socket, "CONNECT_TIMEOUT_PER_ADDRESS", 1.0)
        with serve_once(stay_silent) as good:
            ports = (*[full_server] * 6, good)
            addresses = [(socket.AF_INET, *self.KIND, ("127.0.0.1", port)) for port in ports]
            self.resolve_to(monkeypatch, *addresses)
            with_socket(1, host="somewhere", timeout=2)

    def test_unsupported_address_family_is_skipped(
        self, with_socket: WithSocket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with serve_once(stay_silent) as good:
            self.resolve_to(
                monkeypatch,
                (99, *self.KIND, ("::1", good, 0, 0)),
                (socket.AF_INET, *self.KIND, ("127.0.0.1", good)),
            )
            with_socket(1, host="somewhere")

    def test_all_addresses_share_one_timeout(
        self, with_socket: WithSocket, monkeypatch: pytest.MonkeyPatch, full_server: int
    ) -> None:
        address = (socket.AF_INET, *self.KIND, ("127.0.0.1", full_server))
        self.resolve_to(monkeypatch, *[address] * 3)
        with pytest.raises(TimeoutError):
            with_socket(1, host="somewhere", timeout=0.2)

    def test_host_without_address(
        self, with_socket: WithSocket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.resolve_to(monkeypatch)
        with pytest.raises(OSError, match="no address"):
            with_socket(1, host="nowhere")


class TestTLS:
    def test_silent_server_times_out(self, with_socket: WithSocket) -> None:
        with serve_once(stay_silent) as port, pytest.raises(TimeoutError):
            with_socket(port, is_secure=True, timeout=0.2)

    def test_server_without_tls(self, with_socket: WithSocket) -> None:
        def handle(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with serve_once(handle) as port, pytest.raises(ssl.SSLError):
            with_socket(port, is_secure=True)

    async def test_bytes_before_the_handshake_are_rejected(self) -> None:
        with serve_once(lambda server: server.sendall(b"220 smtp.example ESMTP")) as port:
            plain = socket.create_connection(("127.0.0.1", port), 5)
            plain.setblocking(False)
            opened = async_socket.AsyncSocket(plain)
            await asyncio.get_running_loop().create_connection(lambda: opened, sock=plain)
            opened.data_received(await opened.read(5))  # Put the bytes back into the buffer.
            with pytest.raises(ssl.SSLError, match="does not speak TLS"):
                await opened.start_tls("127.0.0.1")

    async def test_handshake_can_be_cancelled(self) -> None:
        with serve_once(stay_silent) as port:
            opening = asyncio.ensure_future(
                async_socket.open_socket(Origin(True, "127.0.0.1", port), 5)
            )
            await asyncio.sleep(0.1)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
            await asyncio.sleep(0.05)

    def test_sockets_share_one_context(self) -> None:
        assert sync_socket.ssl_context is async_socket.ssl_context is tls.ssl_context


@pytest.mark.parametrize("host", ["localhost", "localhost."])
async def test_requests_over_tls(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = partial(socket.getaddrinfo, "localhost")

    async def resolve_on_loop(server: Server) -> list[AddressInfo]:
        return resolve(server[1], type=socket.SOCK_STREAM)

    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _, *args, **options: resolve(*args, **options)
    )
    monkeypatch.setattr(async_socket, "_resolve", resolve_on_loop)
    authority = trustme.CA()
    client_context = tls.ssl_context.__wrapped__()
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_context.set_alpn_protocols(["h2", "http/1.1"])
    authority.configure_trust(client_context)
    authority.issue_cert("localhost").configure_cert(server_context)
    for module in (sync_socket, async_socket):
        monkeypatch.setattr(module, "ssl_context", lambda: client_context)
    protocols: list[str | None] = []

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocols.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            body = b'{"data": [{"id": "served-over-tls"}]}'
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(respond, "localhost", 0, ssl=server_context)
    url = f"https://{host}:{server.sockets[0].getsockname()[1]}/v1"

    def call_twice() -> None:
        with Client(api_key="any", base_url=url) as client:
            for _ in range(2):
                assert [model.id for model in client.models()] == ["served-over-tls"]

    await asyncio.to_thread(call_twice)
    async with AsyncClient(api_key="any", base_url=url) as client:
        for _ in range(2):
            assert [model.id for model in await client.models()] == ["served-over-tls"]
    assert protocols == ["http/1.1"] * 2
    server.close()
    await asyncio.sleep(0.05)
