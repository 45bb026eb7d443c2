"""The emulator as a server: in the background for tests, or for good."""

import socket
import threading
from typing import Self, Unpack

import uvicorn

from ionos_model_hub.emulator.app import app_of, create_app
from ionos_model_hub.emulator.script import RecordedRequest, Reply
from ionos_model_hub.emulator.state import Hub, Options

DEFAULT_PORT = 8400


class Emulator:
    """A local Model Hub on 127.0.0.1, served from a background thread.

    Args:
        port: Port to listen on; 0 picks a free one.
        **options: `api_key`, `seed`, `today`, `requests_per_second`, `burst`, `script`.

    Attributes:
        app: The ASGI application, which also works without a server.

    Example:
        >>> with Emulator(api_key="secret") as hub:
        ...     hub.base_url.startswith("http://127.0.0.1:")
        True
    """

    def __init__(self, *, port: int = 0, **options: Unpack[Options]) -> None:
        self._hub = Hub(**options)
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._listener: socket.socket | None = None
        self.app = app_of(self._hub)

    @property
    def base_url(self) -> str:
        """The base URL for clients, with `/v1`; known once the server is started."""
        if self._server is None:
            raise RuntimeError("The emulator is not started: use `with Emulator() as hub:`")
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests received since the start or the last reset, oldest first."""
        return list(self._hub.journal)

    def script(self, *replies: Reply) -> None:
        """Append prepared answers; each is given to one POST, in order."""
        self._hub.script.extend(replies)

    def reset(self) -> None:
        """Forget requests, prepared answers and the used-up rate limit."""
        self._hub.reset()

    def start(self) -> None:
        """Listen and serve; connections are taken as soon as this returns."""
        # asyncio sends small answers at once only over sockets that say that they are TCP.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
            listener.listen(128)
        except OSError:
            listener.close()
            raise
        self._listener = listener
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self.app,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish the answers under way, for at most a second, and free the port."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        if self._listener is not None:
            self._listener.close()  # older releases of uvicorn leave it open
        self._listener = None
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def serve(host: str = "127.0.0.1", port: int = DEFAULT_PORT, **options: Unpack[Options]) -> None:
    """Serve until interrupted.

    Args:
        host: Address to listen on.
        port: Port to listen on.
        **options: See `Emulator`.
    """
    uvicorn.run(create_app(**options), host=host, port=port, ws="none", lifespan="off")
