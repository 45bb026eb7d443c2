"""The sockets and the pool under the asynchronous client, over loopback."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import httpcore
import httpx
import pytest
import trustme

from ionos_model_hub import AsyncClient, ConnectionFailedError, pool, sockets
from ionos_model_hub.emulator import Emulator
from ionos_model_hub.pool import Pool
from ionos_model_hub.sockets import AsyncioBackend


@asynccontextmanager
async def connected(serve: object = None) -> AsyncIterator[httpcore.AsyncNetworkStream]:
    """Yield a connection to a server that runs `serve(reader, writer)` for it."""
    over = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if callable(serve):
            await serve(reader, writer)
        await over.wait()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    stream = await AsyncioBackend().connect_tcp("127.0.0.1", port, timeout=5)
    try:
        yield stream
    finally:
        await stream.aclose()
        over.set()
        server.close()
        await asyncio.sleep(0.05)


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


class TestConnecting:
    async def test_nobody_listens(self) -> None:
        with pytest.raises(httpcore.ConnectError):
            await AsyncioBackend().connect_tcp("127.0.0.1", 9, timeout=5)

    async def test_nobody_answers(self, full_server: int) -> None:
        with pytest.raises(httpcore.ConnectTimeout):
            await AsyncioBackend().connect_tcp("127.0.0.1", full_server, timeout=0.1)

    async def test_the_next_address_is_tried(
        self, monkeypatch: pytest.MonkeyPatch, full_server: int
    ) -> None:
        monkeypatch.setattr(sockets, "_SECONDS_FOR_AN_ADDRESS", 0.05)
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        good = server.sockets[0].getsockname()[1]

        async def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, ("127.0.0.1", port)) for port in (9, full_server, good)]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        stream = await AsyncioBackend().connect_tcp("somewhere", 1, timeout=5)
        assert stream.get_extra_info("server_addr")[1] == good
        await stream.aclose()
        server.close()

    async def test_a_host_without_addresses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
            return []

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        with pytest.raises(httpcore.ConnectError, match="no address"):
            await AsyncioBackend().connect_tcp("nowhere", 1, timeout=5)


class TestReading:
    async def test_more_than_is_read_ahead(self) -> None:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"x" * 2_000_000)
            await writer.drain()
            writer.write_eof()

        async with connected(serve) as stream:
            await asyncio.sleep(0.1)
            sizes = []
            while piece := await stream.read(65_536, timeout=5):
                sizes.append(len(piece))
        assert sum(sizes) == 2_000_000
        assert max(sizes) == 65_536

    async def test_silence(self) -> None:
        async with connected() as stream:
            with pytest.raises(httpcore.ReadTimeout):
                await stream.read(10, timeout=0.05)

    async def test_a_reset(self) -> None:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.close()

        async with connected(serve) as stream:
            with pytest.raises(httpcore.ReadError):
                await stream.read(10, timeout=5)
            assert stream.get_extra_info("is_readable")
            with pytest.raises(httpcore.WriteError):
                await stream.write(b"x", timeout=5)

    async def test_a_timer_that_fires_too_late_changes_nothing(self) -> None:
        arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        arrival.set_result(None)
        sockets._time_out(arrival)
        assert arrival.exception() is None

    async def test_patience_without_end(self) -> None:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.05)
            writer.write(b"late")

        async with connected(serve) as stream:
            assert await stream.read(10, timeout=None) == b"late"

    async def test_sleeping(self) -> None:
        await AsyncioBackend().sleep(0)


class TestWriting:
    async def test_a_server_that_does_not_read(self) -> None:
        async with connected() as stream:
            with pytest.raises(httpcore.WriteTimeout):
                await stream.write(b"x" * 50_000_000, timeout=0.1)

    async def test_a_server_that_reads_late(self) -> None:
        async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.05)
            await reader.readexactly(8_000_000)

        async with connected(serve) as stream:
            await stream.write(b"x" * 8_000_000, timeout=10)


class TestTLS:
    async def test_a_silent_server(self) -> None:
        async with connected() as stream:
            with pytest.raises(httpcore.ConnectTimeout):
                await stream.start_tls(ssl.create_default_context(), "localhost", timeout=0.1)

    async def test_a_server_without_tls(self) -> None:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        async with connected(serve) as stream:
            with pytest.raises(httpcore.ConnectError):
                await stream.start_tls(ssl.create_default_context(), "localhost", timeout=5)

    async def test_a_trusted_server(self) -> None:
        authority = trustme.CA()
        ours = ssl.create_default_context()
        theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.configure_trust(ours)
        authority.issue_cert("localhost").configure_cert(theirs)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for _ in range(2):
                await reader.readuntil(b"\r\n\r\n")
                body = b'{"data": [{"id": "served-over-tls"}]}'
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=theirs)
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}/v1"
        async with httpx.AsyncClient(transport=Pool(ours)) as own:
            client = AsyncClient(api_key="any", base_url=url, http_client=own)
            for _ in range(2):
                assert [model.id for model in await client.models()] == ["served-over-tls"]
        server.close()
        await asyncio.sleep(0.05)

    async def test_a_cancelled_handshake(self) -> None:
        async with connected() as stream:
            context = ssl.create_default_context()
            task = asyncio.ensure_future(stream.start_tls(context, "localhost", timeout=5))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


class Busy:
    """An idle connection that turns out to be taken."""

    def has_expired(self) -> bool:
        return False

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        raise httpcore.ConnectionNotAvailable


class TestPool:
    @pytest.fixture
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(transport=Pool(httpx.create_ssl_context())) as client:
            yield client

    def transport(self, client: httpx.AsyncClient) -> Pool:
        assert isinstance(client._transport, Pool)
        return client._transport

    async def test_a_connection_that_is_taken_is_passed_over(
        self, client: httpx.AsyncClient, ionos_emulator: Emulator
    ) -> None:
        await client.get(f"{ionos_emulator.base_url}/models")
        (stack,) = self.transport(client)._idle.values()
        stack.append((stack[0][0], Busy()))  # type: ignore[arg-type]  # as far as the pool looks
        assert (await client.get(f"{ionos_emulator.base_url}/models")).status_code == 401

    async def test_old_connections_are_closed(
        self,
        client: httpx.AsyncClient,
        ionos_emulator: Emulator,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        url = f"{ionos_emulator.base_url}/models"
        await asyncio.gather(client.get(url), client.get(url))
        (stack,) = self.transport(client)._idle.values()
        assert len(stack) == 2
        oldest = stack[0][1]
        later = stack[0][0] + pool.KEEPALIVE_SECONDS + 1
        monkeypatch.setattr(pool, "monotonic", lambda: later)
        await client.get(url)
        assert len(stack) == 1
        assert oldest.is_closed()

    async def test_a_response_may_be_closed_twice(
        self, client: httpx.AsyncClient, ionos_emulator: Emulator
    ) -> None:
        async with client.stream("GET", f"{ionos_emulator.base_url}/models") as response:
            await response.stream.aclose()
            await response.stream.aclose()
        assert (await client.get(f"{ionos_emulator.base_url}/models")).status_code == 401

    async def test_a_closed_pool_keeps_no_connection(
        self, client: httpx.AsyncClient, ionos_emulator: Emulator
    ) -> None:
        async with client.stream("GET", f"{ionos_emulator.base_url}/models") as response:
            await self.transport(client).aclose()
            await response.aread()
        assert not any(self.transport(client)._idle.values())


class TestLoops:
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
