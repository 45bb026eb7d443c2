"""Servers for one connection or none, for tests of sockets."""

import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from ionos_model_hub.transport.http.sockets import Socket

Handler = Callable[[socket.socket], None]


class WithSocket(Protocol):
    """Opens a socket, passes it to `use`, and closes it."""

    def __call__(
        self,
        port: int,
        use: Callable[[Socket], Awaitable[object]] | None = None,
        *,
        host: str = "127.0.0.1",
        timeout: float = 5.0,
        is_secure: bool = False,
    ) -> None: ...


@contextmanager
def serve_once(handle: Handler) -> Iterator[int]:
    """Yield the port of a server that calls `handle` with its only connection, in a thread."""
    finished = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def run() -> None:
            with suppress(OSError), listener.accept()[0] as connection:
                connection.settimeout(10)
                handle(connection)
                finished.wait(10)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            finished.set()
            # The thread is still waiting for a connection if the test made none.
            with suppress(OSError), socket.create_connection(listener.getsockname(), 1):
                pass
            thread.join()


def stay_silent(_: socket.socket) -> None:
    """Send nothing and keep the connection open."""


@contextmanager
def full_backlog() -> Iterator[int]:
    """Yield a port whose queue is full, so that connecting to it times out."""
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
