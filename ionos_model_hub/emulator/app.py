"""The emulator as an ASGI application."""

import json
from typing import Any, Unpack

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.recorded import RecordedRequest, redact_credentials
from ionos_model_hub.emulator.responses import error_response, respond, scripted_response
from ionos_model_hub.emulator.state import EmulatorOptions, EmulatorState, check_options


def create_app(**options: Unpack[EmulatorOptions]) -> Starlette:
    """Return the emulator as an ASGI application, for example for `httpx.ASGITransport`.

    Args:
        **options: See `Emulator`.
    """
    check_options("create_app", options)
    return app_for(EmulatorState(**options))


def app_for(state: EmulatorState) -> Starlette:
    """Return the ASGI application that serves `state`."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        response = await _respond(state, Request(scope, receive))
        response.headers.setdefault("x-trace-id", state.next_trace_id())
        await response(scope, receive, send)

    return Starlette(routes=[Mount("/", app=handle)])


async def _respond(state: EmulatorState, request: Request) -> Response:
    content = await request.body()
    headers = dict(request.headers)
    recorded = RecordedRequest(
        method=request.method,
        path=request.url.path,
        headers=redact_credentials(headers),
        json=_parse_json(content),
        authorised=state.accepts(headers.get("authorization", "")),
    )
    config = state.config
    try:
        state.admit(recorded)
        reply = state.next_reply(recorded)
        if reply is None:
            return respond(config, recorded, content)
        return await scripted_response(config, recorded, content, reply)
    except ApiError as error:
        return error_response(error, config)


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
