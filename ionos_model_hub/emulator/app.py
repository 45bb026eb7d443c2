"""The emulator as an ASGI application."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Unpack

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Message, Receive, Scope, Send

from ionos_model_hub.emulator.connection import ConnectionClosedError, pause
from ionos_model_hub.emulator.control import control_app, is_control_request
from ionos_model_hub.emulator.default_response import default_response
from ionos_model_hub.emulator.delivery import PacedSend
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.front import with_front
from ionos_model_hub.emulator.options import EmulatorOptions, check_options
from ionos_model_hub.emulator.recorded import RecordedRequest, record_request
from ionos_model_hub.emulator.request_body import MAX_REQUEST_BYTES, read_body
from ionos_model_hub.emulator.request_log import RequestLog
from ionos_model_hub.emulator.responses import error_response, scripted_response
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.state import EmulatorState

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
    api = with_front(_api(state))

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):  # before the body of the request arrived
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
        # Recorded first, so that clients with a complete response find it in the log.
        if message["type"] == "http.response.start":
            headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
            log.add_head(request, message["status"], headers)
        else:
            if message["body"]:
                log.add_chunk(request, message["body"])
            if not message.get("more_body", False):
                log.end(request, "complete")
        await send(message)

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
    reply: Reply | None = None
    try:
        state.admit(request)
        reply = state.next_reply(request)
        response, pace = await _response(state, request, content, Request(scope, receive), reply)
    except ApiError as error:
        response, pace = error_response(error, state.config), reply
    response.headers.setdefault("x-trace-id", state.next_trace_id())
    response.headers.update(state.limit_headers())
    if pace is not None:
        send = PacedSend(pace, receive, send, lambda: state.log.end(request, "disconnected"))
    await response(scope, receive, send)


async def _response(
    state: EmulatorState,
    request: RecordedRequest,
    content: bytes,
    client: Request,
    reply: Reply | None,
) -> tuple[Response, Reply | None]:
    """Return the scripted or the default response, and the reply that paces it."""
    if reply is None:
        return await default_response(state, request, content, client)
    await pause(reply.delay, client.receive)
    if not reply.is_default:
        return scripted_response(state.config, request, content, reply), reply
    response, _ = await default_response(state, request, content, client)
    response.headers.update(reply.headers)
    return response, reply
