"""The emulator as a server: in a background thread for tests, or until interrupted."""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Any, Self, Unpack

import uvicorn
from starlette.applications import Starlette

from ionos_model_hub.emulator.app import app_for
from ionos_model_hub.emulator.control import is_loopback, make_token
from ionos_model_hub.emulator.options import EmulatorOptions, check_options
from ionos_model_hub.emulator.request_list import RequestList
from ionos_model_hub.emulator.request_log import RequestLog
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.script_queue import ReplyFunction
from ionos_model_hub.emulator.state import EmulatorState

DEFAULT_PORT = 8400

_GRACE_SECONDS = 1
_MAX_SHUTDOWN_SECONDS = 2  # for responses that are computed although the client has disconnected

_logger = logging.getLogger("ionos_model_hub.emulator")


class _Server(uvicorn.Server):
    """A server that closes the connections of unfinished responses when it is stopped.

    uvicorn would cancel the responses, and log a traceback for each of them.

    Args:
        app: The emulator.
        log: The log, whose feeds end when the server is stopped.
        **options: Further options of uvicorn.
    """

    def __init__(self, app: Starlette, log: RequestLog, **options: Any) -> None:
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=_MAX_SHUTDOWN_SECONDS,
            **options,
        )
        super().__init__(config)
        self._log = log

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the responses in progress, for at most `_GRACE_SECONDS`."""
        self._log.close()
        timer = asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._close_connections)
        try:
            await super().shutdown(sockets)
        finally:
            timer.cancel()

    def _close_connections(self) -> None:
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()


class Emulator:
    """A local Model Hub on 127.0.0.1, served from a background thread.

    Args:
        port: Port to listen on; 0, the default, selects a free one.
        profile: `hub`, the default, has the quirks of the gateway in front of the engine; `vllm`
            is the engine alone. `ionos_model_hub.emulator.profiles` lists all differences.
        api_key: The only API key that is accepted. By default every key is, except UUIDs: the
            hub's token ids look like that, and are often mistaken for the token.
        seed: Varies all default responses and trace ids; 0 by default. The same seed and request
            always give the same response.
        today: Day that decides which models are retired; by default the day of each request.
        requests_per_second: Rate limit for all endpoints together; by default there is none. The
            hub allows 5 requests per second.
        burst: Requests allowed at once after a pause; by default twice `requests_per_second`.
        script: Replies to the first requests, like those passed to the method `script`.
        faults: Replies that take precedence over the script, for example errors with a
            `probability`; like those passed to the method `inject`.
        strict: Whether POST requests without a scripted reply are errors, and whether the `with`
            block ends with an AssertionError if there were any, or if replies were not used.
        control_token: Token for the control API, `/_emulator/`. None allows it without a token,
            but only for connections to a loopback address.
        context_window: Context window of all models in tokens; by default that of each model.
        tool_parser: vLLM's tool parser for all models: `hermes`, `llama3_json`, `mistral`,
            `openai` (gpt-oss) or `qwen3_coder`. By default each model has the parser of its
            family in the profile `hub`, and `hermes` in the profile `vllm`.
        reasoning_parser: vLLM's reasoning parser for the reasoning models: `deepseek_r1` or
            `qwen3`. By default that of the family or, in the profile `vllm`, `deepseek_r1`.
        latency: How long rule-based responses take: `none` (default), `hub` (usual response times
            of the hub) or `busy` (those of a long queue).
        engine: URL of an OpenAI-compatible server that serves all chat models, or URLs by model
            id (`*` for the other chat models). `#NAME` after a URL selects one of its models; by
            default, the first one is used. Other requests get rule-based responses, with the
            header `x-emulator-source: rules`.
        gguf: Model file for the chat models without another engine; needs the extra `local`.
        record: Directory for recordings of the server `upstream`: a file for each request.
        record_mode: `all` (default) records everything anew, `once` only if there are no
            recordings, `new_episodes` what is not recorded; `none` only replays.
        upstream: Base URL of the server to record, including `/v1`.
        replay: Directory of recordings to replay.
        replay_timing: Whether replayed responses take as long as the recorded ones (default).

    Attributes:
        app: The ASGI application, which can also be used without the server.

    Example:
        >>> with Emulator(api_key="secret") as emulator:
        ...     emulator.base_url.startswith("http://127.0.0.1:")
        True
    """

    def __init__(self, *, port: int = 0, **options: Unpack[EmulatorOptions]) -> None:
        check_options("Emulator", options)
        self._state = EmulatorState(**options)
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._listener: socket.socket | None = None
        self.app = app_for(self._state)

    @property
    def base_url(self) -> str:
        """The base URL for clients, including `/v1`; available once the server is started."""
        if self._server is None:
            raise RuntimeError("The emulator is not started. Use `with Emulator() as emulator:`.")
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def requests(self) -> RequestList:
        """The latest 10,000 requests since the start or the last reset, oldest first.

        Fewer if their bodies and responses need more than 64 MiB.
        """
        return RequestList(self._state.log.latest())

    @property
    def strict(self) -> bool:
        """Whether POST requests without a scripted reply are errors."""
        return self._state.strict

    @strict.setter
    def strict(self, strict: bool) -> None:
        self._state.strict = strict

    def script(self, *replies: Reply | ReplyFunction) -> None:
        """Append scripted replies.

        Each request gets the first reply that is meant for it: by default, the replies are sent
        in order, each to one POST request. Functions are called with the request and return a
        reply, or None to leave it to the next one. Other requests get default responses.

        Example:
            >>> from ionos_model_hub.emulator import Call, Reply
            >>> with Emulator() as emulator:
            ...     emulator.script(
            ...         Reply(tool_calls=[Call("get_weather", city="Berlin")], contains="weather"),
            ...         Reply(text="It is sunny.", endpoint="chat"),
            ...         Reply(error="rate_limited", retry_after=2, endpoint="embeddings"),
            ...         lambda request: Reply(text="Hi") if request.model == "a" else None,
            ...     )
        """
        self._state.script.extend(replies)

    def inject(self, *faults: Reply | ReplyFunction) -> None:
        """Append replies that take precedence over the script, and need not be used.

        Example:
            >>> from ionos_model_hub.emulator import Reply
            >>> with Emulator() as emulator:
            ...     emulator.inject(Reply(error="overloaded", probability=0.2, times=None))
        """
        self._state.faults.extend(faults)

    def verify(self) -> None:
        """Check that all scripted replies were used, and that there was a reply to each request.

        A strict emulator does so when its `with` block ends without an exception.

        Raises:
            AssertionError: Replies are left, a strict emulator got unexpected requests, or a
                function of the script failed.
        """
        self._state.verify()

    def reset(self) -> None:
        """Remove recorded requests, scripted replies and faults, and refill the rate limit."""
        self._state.reset()

    def start(self) -> None:
        """Start the server; it accepts connections as soon as this method returns."""
        if self._state.backend is not None:
            self._state.backend.start()
        self._listener = listen("127.0.0.1", self._port)
        self._port = self._listener.getsockname()[1]
        self._server = _Server(
            self.app, self._state.log, loop="asyncio", log_config=None, access_log=False
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish the responses in progress, for at most one second, and free the port."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        if self._listener is not None:
            self._listener.close()  # older releases of uvicorn leave it open
        if self._state.backend is not None:
            self._state.backend.close()
        self._listener = None
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        if self._state.strict and exception[0] is None:
            self.verify()


def serve(
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    on_listening: Callable[[str], object] | None = None,
    **options: Unpack[EmulatorOptions],
) -> None:
    """Serve until interrupted.

    Args:
        host: Address to listen on. For other addresses than loopback ones, the control API needs a
            token; if `control_token` is not passed, a random one is created and logged.
        port: Port to listen on; 0 selects a free one.
        on_listening: Called with the base URL as soon as the server accepts connections.
        **options: See `Emulator`.

    Raises:
        OSError: The address cannot be used.
        OverflowError: The port is not a valid port number.
    """
    check_options("serve", options)
    _add_control_token(host, options)
    state = EmulatorState(**options)
    with listen(host, port) as listener:
        if state.backend is not None:
            state.backend.start()
        if on_listening is not None:
            on_listening(_base_url(host, listener))
        try:
            _Server(app_for(state), state.log).run(sockets=[listener])
        finally:
            if state.backend is not None:
                state.backend.close()


def _add_control_token(host: str, options: EmulatorOptions) -> None:
    """Create a token if the control API can be reached over a network."""
    if not is_loopback(host) and options.get("control_token") is None:
        options["control_token"] = make_token()
        _logger.warning("Token of the control API: %s", options["control_token"])


def _base_url(host: str, listener: socket.socket) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}/v1"


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that accepts connections.

    Raises:
        OSError: The address cannot be used.
        OverflowError: The port is not a valid port number.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio disables Nagle's algorithm only if the socket's protocol is explicitly TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # On Windows, it would let another server use the same port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener
