"""The emulator as an ASGI application."""

from collections.abc import Awaitable, Callable
from typing import Unpack

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Message, Receive, Scope, Send

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.connection import ConnectionClosedError, pause
from ionos_model_hub.emulator.control import control_app, is_control_request
from ionos_model_hub.emulator.delivery import PacedSend
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.recorded import RecordedRequest, record_request
from ionos_model_hub.emulator.request_body import MAX_REQUEST_BYTES, read_body
from ionos_model_hub.emulator.request_log import RequestLog
from ionos_model_hub.emulator.responses import error_response, respond, scripted_response
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.state import EmulatorOptions, EmulatorState, check_options

_Handler = Callable[[Scope, Receive, Send], Awaitable[None]]


def create_app(**options: Unpack[EmulatorOptions]) -> Starlette:
    """Return the emulator as an ASGI application, for example for `httpx.ASGITransport`.

    Args:
        **options: See `Emulator`.
    """
    check_options("create_app", options)
    return app_for(EmulatorState(**options))


def app_for(state: EmulatorState) -> Starlette:
    """Return the ASGI application that serves `state`."""
    control = control_app(state)
    api = _api(state)

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        await (control if is_control_request(scope) else api)(scope, receive, send)

    return Starlette(routes=[Mount("/", app=handle)])


def _api(state: EmulatorState) -> _Handler:
    """Return the ASGI application for the endpoints of the hub."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        config = state.config
        request = Request(scope, receive)
        try:
            content = await read_body(request, MAX_REQUEST_BYTES)
        except ApiError as error:
            await error_response(error, config)(scope, receive, send)
            return
        recorded = state.log.add(_record(state, request, content))
        recording = _recording(state.log, recorded, send)
        try:
            await _respond(state, recorded, content, scope, receive, recording)
        except ConnectionClosedError:
            pass
        finally:
            state.log.end(recorded, "disconnected")

    return handle


def _record(state: EmulatorState, request: Request, content: bytes) -> RecordedRequest:
    headers = dict(request.headers)
    return record_request(
        request.method,
        request.url.path,
        headers,
        content,
        authorised=state.accepts(headers.get("authorization", "")),
    )


def _recording(log: RequestLog, request: RecordedRequest, send: Send) -> Send:
    """Return a function that records the messages of a response and sends them."""

    async def record_and_send(message: Message) -> None:
        await send(message)
        if message["type"] == "http.response.start":
            headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
            log.add_head(request, message["status"], headers)
            return
        if message["body"]:
            log.add_chunk(request, message["body"])
        if not message.get("more_body", False):
            log.end(request, "complete")

    return record_and_send


async def _respond(
    state: EmulatorState,
    request: RecordedRequest,
    content: bytes,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Send the response to a request.

    Raises:
        ConnectionClosedError: The connection was closed before the response was complete.
    """
    config = state.config
    reply: Reply | None = None
    try:
        state.admit(request)
        reply = state.next_reply(request)
        if reply is not None:
            await pause(reply.delay, receive)
        response = _response(config, request, content, reply)
    except ApiError as error:
        response = error_response(error, config)
    response.headers.setdefault("x-trace-id", state.next_trace_id())
    await response(scope, receive, PacedSend(reply, receive, send) if reply is not None else send)


def _response(
    config: ServerConfig, request: RecordedRequest, content: bytes, reply: Reply | None
) -> Response:
    if reply is None:
        return respond(config, request, content)
    return scripted_response(config, request, content, reply)
