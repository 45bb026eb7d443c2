"""The emulator as an ASGI application."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Unpack

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from ionos_model_hub.emulator.contract import Json
from ionos_model_hub.emulator.endpoints.chat import create_chat_completion
from ionos_model_hub.emulator.endpoints.completions import create_completion
from ionos_model_hub.emulator.endpoints.embeddings import create_embeddings
from ionos_model_hub.emulator.endpoints.images import generate_images
from ionos_model_hub.emulator.endpoints.rerank import rerank
from ionos_model_hub.emulator.errors import ApiError, bad_request, path_not_found
from ionos_model_hub.emulator.models import list_models
from ionos_model_hub.emulator.script import (
    DONE_EVENT,
    RecordedRequest,
    Reply,
    encode_event,
    redact_credentials,
)
from ionos_model_hub.emulator.state import EmulatorOptions, EmulatorState, check_options

_ENDPOINTS: Mapping[str, Callable[[Json, int, date], Json | Iterator[Json]]] = {
    "/v1/chat/completions": create_chat_completion,
    "/v1/completions": create_completion,
    "/v1/embeddings": create_embeddings,
    "/v1/images/generations": generate_images,
    "/v1/rerank": rerank,
}


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
        request = Request(scope, receive)
        response = await _respond(state, request)
        response.headers.setdefault("x-trace-id", state.next_trace_id())
        await response(scope, receive, send)

    return Starlette(routes=[Mount("/", app=handle)])


async def _respond(state: EmulatorState, request: Request) -> Response:
    body = _parse_json(await request.body())
    headers = dict(request.headers)
    recorded = RecordedRequest(
        method=request.method,
        path=request.url.path,
        headers=redact_credentials(headers),
        json=body,
        authorised=state.accepts(headers.get("authorization", "")),
    )
    try:
        state.admit(recorded)
        reply = state.next_reply() if request.method == "POST" else None
        return _scripted_response(reply) if reply else _default_response(state, recorded)
    except ApiError as error:
        return JSONResponse(error.body, error.status, error.headers)


def _default_response(state: EmulatorState, request: RecordedRequest) -> Response:
    if (request.method, request.path) == ("GET", "/v1/models"):
        return JSONResponse(list_models(state.today))
    endpoint = _ENDPOINTS.get(request.path)
    if endpoint is None or request.method != "POST":
        raise path_not_found(request.path)
    if not isinstance(request.json, dict):
        raise bad_request("The body must be a JSON object", "body")
    result = endpoint(request.json, state.seed, state.today)
    if isinstance(result, dict):
        return JSONResponse(result)
    return _event_stream((*map(encode_event, result), DONE_EVENT))


def _scripted_response(reply: Reply) -> Response:
    headers = dict(reply.headers)
    if reply.stream is not None:
        return _event_stream(reply.events(), reply.status, headers)
    if reply.body is not None:
        return Response(reply.body, reply.status, headers)
    return JSONResponse(reply.json, reply.status, headers)


def _event_stream(
    events: Iterable[bytes], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        for event in events:
            yield event

    return StreamingResponse(chunks(), status, headers, media_type="text/event-stream")


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
