"""The sockets under both clients, over loopback."""

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import trustme

from ionos_model_hub import AsyncClient, Client, ConnectionFailedError
from ionos_model_hub.emulator import Emulator
from ionos_model_hub.transport import async_io
from ionos_model_hub.transport.http import async_socket, name_resolution, pool, sync_socket, tls
from ionos_model_hub.transport.http.pool import Connection, Origin

Serve = Callable[[socket.socket], None]
Ask = Callable[[Connection], Awaitable[object]]


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """Yield the port of a server that runs `serve` for its only connection, in a thread."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def run() -> None:
            with suppress(OSError), listener.accept()[0] as connection:
                connection.settimeout(10)
                serve(connection)
                over.wait(10)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            with suppress(OSError), socket.create_connection(listener.getsockname(), 1):
                pass  # in case nobody came
            thread.join()


def nothing(_: socket.socket) -> None:
    """Accept, and say nothing."""


@pytest.fixture
def full_server() -> Iterator[int]:
    """Yield the port of a server whose queue is full, so that nobody gets through."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            with suppress(BlockingIOError):
                client.connect(("127.0.0.1", port))
            waiting.append(client)
        yield port
        for client in waiting:
            client.close()


@pytest.fixture(params=[sync_socket, async_socket], ids=["blocking", "loop"])
def ask(request: pytest.FixtureRequest) -> Callable[..., object]:
    """Open a connection with one of the sockets, do something with it, and close it."""

    def ask(
        port: int,
        what: Ask | None = None,
        *,
        host: str = "127.0.0.1",
        timeout: float = 5.0,
        is_secure: bool = False,
    ) -> object:
        async def opened() -> object:
            connection: Connection = await request.param.open_socket(
                Origin(is_secure, host, port), timeout
            )
            try:
                return await what(connection) if what else None
            finally:
                connection.close()
                connection.close()
                await asyncio.sleep(0)

        # Some packages make uvloop the default, which resolves names past `socket.getaddrinfo`.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(opened())

    return ask


class TestConnecting:
    def test_nobody_listens(self, ask: Callable[..., object]) -> None:
        with pytest.raises(ConnectionRefusedError):
            ask(9)

    def test_nobody_answers(self, ask: Callable[..., object], full_server: int) -> None:
        with pytest.raises(TimeoutError):
            ask(full_server, timeout=0.1)


class TestAddresses:
    KIND = (socket.SOCK_STREAM, 6, "")

    @pytest.fixture(autouse=True)
    def short_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(name_resolution, "SECONDS_FOR_AN_ADDRESS", 0.05)

    def resolve(self, monkeypatch: pytest.MonkeyPatch, *addresses: tuple[object, ...]) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: list(addresses))

    def test_the_next_one_is_tried(
        self, ask: Callable[..., object], monkeypatch: pytest.MonkeyPatch, full_server: int
    ) -> None:
        async def read(connection: Connection) -> None:
            assert await connection.read(5) == b"here"

        with serving(lambda connection: connection.sendall(b"here")) as good:
            ports = (9, full_server, good)
            addresses = [(socket.AF_INET, *self.KIND, ("127.0.0.1", port)) for port in ports]
            self.resolve(monkeypatch, *addresses)
            ask(1, read, host="somewhere")

    def test_one_of_a_family_that_the_system_lacks(
        self, ask: Callable[..., object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with serving(nothing) as good:
            self.resolve(
                monkeypatch,
                (99, *self.KIND, ("::1", good, 0, 0)),
                (socket.AF_INET, *self.KIND, ("127.0.0.1", good)),
            )
            ask(1, host="somewhere")

    def test_all_of_them_together_have_one_timeout(
        self, ask: Callable[..., object], monkeypatch: pytest.MonkeyPatch, full_server: int
    ) -> None:
        address = (socket.AF_INET, *self.KIND, ("127.0.0.1", full_server))
        self.resolve(monkeypatch, *[address] * 3)
        with pytest.raises(TimeoutError):
            ask(1, host="somewhere", timeout=0.2)

    def test_there_is_none(
        self, ask: Callable[..., object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.resolve(monkeypatch)
        with pytest.raises(OSError, match="no address"):
            ask(1, host="nowhere")


class TestReading:
    def test_more_than_is_read_ahead(self, ask: Callable[..., object]) -> None:
        async def read(connection: Connection) -> None:
            await asyncio.sleep(0.1)
            sizes = []
            while piece := await connection.read(5):
                sizes.append(len(piece))
                await asyncio.sleep(0)
            assert sum(sizes) == 4_000_000
            assert max(sizes) <= 1_000_000

        def serve(connection: socket.socket) -> None:
            connection.sendall(b"x" * 4_000_000)
            connection.shutdown(socket.SHUT_WR)

        with serving(serve) as port:
            ask(port, read)

    def test_silence(self, ask: Callable[..., object]) -> None:
        async def read(connection: Connection) -> None:
            with pytest.raises(TimeoutError):
                await connection.read(0.05)

        with serving(nothing) as port:
            ask(port, read)

    def test_a_reset(self, ask: Callable[..., object]) -> None:
        is_open = threading.Event()

        def serve(connection: socket.socket) -> None:
            is_open.wait(5)
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close()

        async def read(connection: Connection) -> None:
            is_open.set()
            with pytest.raises(OSError, match="reset"):
                await connection.read(5)
            assert connection.is_stale()

        with serving(serve) as port:
            ask(port, read)

    def test_patience_without_end(self, ask: Callable[..., object]) -> None:
        async def read(connection: Connection) -> None:
            assert await connection.read(None) == b"late"

        def serve(connection: socket.socket) -> None:
            threading.Event().wait(0.05)
            connection.sendall(b"late")

        with serving(serve) as port:
            ask(port, read)

    async def test_a_timer_that_fires_too_late_changes_nothing(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        async_socket._time_out(future)
        assert future.exception() is None


class TestStaleness:
    def test_a_quiet_connection_is_fresh(self, ask: Callable[..., object]) -> None:
        async def look(connection: Connection) -> None:
            assert not connection.is_stale()

        with serving(nothing) as port:
            ask(port, look)

    @pytest.mark.parametrize(
        "leave",
        [lambda connection: connection.sendall(b"surprise"), lambda connection: connection.close()],
        ids=["talks", "ends"],
    )
    def test_one_that_does_something_is_not(self, ask: Callable[..., object], leave: Serve) -> None:
        did = threading.Event()

        def serve(connection: socket.socket) -> None:
            leave(connection)
            did.set()

        async def look(connection: Connection) -> None:
            await asyncio.to_thread(did.wait, 5)
            await asyncio.sleep(0.05)
            assert connection.is_stale()

        with serving(serve) as port:
            ask(port, look)

    def test_without_poll(
        self, ask: Callable[..., object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pool, "_HAS_POLL", False)
        self.test_a_quiet_connection_is_fresh(ask)
        self.test_one_that_does_something_is_not(ask, lambda connection: connection.close())


class TestWriting:
    def test_a_server_that_does_not_read(self, ask: Callable[..., object]) -> None:
        async def write(connection: Connection) -> None:
            with pytest.raises(TimeoutError):
                await connection.write(b"x" * 50_000_000, 0.1)

        with serving(nothing) as port:
            ask(port, write)

    def test_a_server_that_reads_late(self, ask: Callable[..., object]) -> None:
        has_all = threading.Event()

        def serve(connection: socket.socket) -> None:
            threading.Event().wait(0.05)
            left = 8_000_000
            while left:
                left -= len(connection.recv(1_000_000))
            has_all.set()

        async def write(connection: Connection) -> None:
            await connection.write(b"x" * 8_000_000, 10)
            assert await asyncio.to_thread(has_all.wait, 10)

        with serving(serve) as port:
            ask(port, write)

    async def test_a_server_that_says_its_last_word_and_reads_no_more(self) -> None:
        def serve(connection: socket.socket) -> None:
            threading.Event().wait(0.05)
            connection.sendall(b"too long")
            connection.shutdown(socket.SHUT_WR)

        with serving(serve) as port:
            connection = await async_socket.open_socket(Origin(False, "127.0.0.1", port), 5)
            await connection.write(b"x" * 50_000_000, 3)
            assert await connection.read(5) == b"too long"
            connection.close()

    def test_a_server_that_has_gone(self, ask: Callable[..., object]) -> None:
        async def write(connection: Connection) -> None:
            assert await connection.read(5) == b""
            with pytest.raises(OSError):  # noqa: PT011, PT012  # systems differ in when and how
                for _ in range(3):
                    await connection.write(b"x" * 1_000_000, 5)
                    await asyncio.sleep(0.05)

        with serving(lambda connection: connection.close()) as port:
            ask(port, write)


class TestTLS:
    def test_a_silent_server(self, ask: Callable[..., object]) -> None:
        with serving(nothing) as port, pytest.raises(TimeoutError):
            ask(port, is_secure=True, timeout=0.2)

    def test_a_server_without_tls(self, ask: Callable[..., object]) -> None:
        def serve(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with serving(serve) as port, pytest.raises(ssl.SSLError):
            ask(port, is_secure=True)

    async def test_what_came_before_the_handshake_is_no_tls(self) -> None:
        connection = async_socket.LoopSocket()
        with serving(lambda server: server.sendall(b"220 smtp.example ESMTP")) as port:
            plain = socket.create_connection(("127.0.0.1", port), 5)
            plain.setblocking(False)
            await asyncio.get_running_loop().create_connection(lambda: connection, sock=plain)
            connection.data_received(await connection.read(5))  # as if nobody had taken it
            with pytest.raises(ssl.SSLError, match="does not speak TLS"):
                await connection.start_tls("127.0.0.1")

    async def test_a_cancelled_handshake(self) -> None:
        with serving(nothing) as port:
            opening = asyncio.ensure_future(
                async_socket.open_socket(Origin(True, "127.0.0.1", port), 5)
            )
            await asyncio.sleep(0.1)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
            await asyncio.sleep(0.05)

    async def test_a_trusted_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        authority = trustme.CA()
        ours = tls.ssl_context.__wrapped__()
        theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        theirs.set_alpn_protocols(["h2", "http/1.1"])
        authority.configure_trust(ours)
        authority.issue_cert("localhost").configure_cert(theirs)
        for module in (sync_socket, async_socket):
            monkeypatch.setattr(module, "ssl_context", lambda: ours)
        served_by: list[str | None] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            served_by.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
            for _ in range(2):
                await reader.readuntil(b"\r\n\r\n")
                body = b'{"data": [{"id": "served-over-tls"}]}'
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "localhost", 0, ssl=theirs)
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}/v1"

        def block() -> None:
            with Client(api_key="any", base_url=url) as client:
                for _ in range(2):
                    assert [model.id for model in client.models()] == ["served-over-tls"]

        await asyncio.to_thread(block)
        async with AsyncClient(api_key="any", base_url=url) as client:
            for _ in range(2):
                assert [model.id for model in await client.models()] == ["served-over-tls"]
        assert served_by == ["http/1.1"] * 2
        server.close()
        await asyncio.sleep(0.05)

    def test_the_process_has_one_context(self) -> None:
        assert sync_socket.ssl_context is async_socket.ssl_context is tls.ssl_context


class TestLoops:
    async def test_idle_connections_go_without_another_call(
        self, ionos_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(async_io, "SECONDS_BETWEEN_TIDYING", 0.01)
        monkeypatch.setattr(pool, "KEEPALIVE_SECONDS", 0.05)
        gone = asyncio.Event()
        tidy = pool.IdleConnections.tidy

        def look(idle: pool.IdleConnections) -> None:
            tidy(idle)
            if idle._stacks and not any(idle._stacks.values()):
                gone.set()

        monkeypatch.setattr(pool.IdleConnections, "tidy", look)
        client = AsyncClient(api_key="any", base_url=ionos_emulator.base_url)
        await asyncio.gather(*[client.models() for _ in range(3)])
        await asyncio.wait_for(gone.wait(), 10)
        assert await client.models()
        await client.aclose()

    def test_what_a_dead_loop_left_is_forgotten(self) -> None:
        client = AsyncClient(api_key="any", base_url="http://127.0.0.1:9/v1", max_retries=0)
        for _ in range(3):
            loop = asyncio.new_event_loop()
            with pytest.raises(ConnectionFailedError):
                loop.run_until_complete(client.models())
            loop.close()
        assert len(client._io._keepers) == 1

    async def test_a_stream_that_another_task_reads_is_left_to_it(
        self, ionos_emulator: Emulator
    ) -> None:
        release = asyncio.Event()

        async def key() -> str:
            await release.wait()
            return "any"

        async with AsyncClient(api_key=key, base_url=ionos_emulator.base_url) as client:
            stream = client.stream_chat([{"role": "user", "content": "Hallo"}])
            reading = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            async with stream:
                pass
            release.set()
            assert await reading
            await stream.aclose()
