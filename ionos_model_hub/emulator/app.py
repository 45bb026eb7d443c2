"""The emulator as an ASGI application."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any, Unpack

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.chat import Generated, create_chat_completion
from ionos_model_hub.emulator.endpoints.completions import create_completion
from ionos_model_hub.emulator.endpoints.embeddings import create_embeddings
from ionos_model_hub.emulator.endpoints.images import generate_images
from ionos_model_hub.emulator.endpoints.rerank import rerank
from ionos_model_hub.emulator.engine.validation import invalid_body
from ionos_model_hub.emulator.errors import (
    ApiError,
    bad_request,
    method_not_allowed,
    path_not_found,
    validation_error,
)
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import list_models
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.script import (
    DONE_EVENT,
    RecordedRequest,
    Reply,
    encode_event,
    redact_credentials,
)
from ionos_model_hub.emulator.state import EmulatorOptions, EmulatorState, check_options

_MODELS_PATH = "/v1/models"
_IMAGES_PATH = "/v1/images/generations"
_GENERATING: Mapping[str, Callable[[Json, ServerConfig, Generated | None], Json | Iterator[Json]]]
_GENERATING = {
    "/v1/chat/completions": create_chat_completion,
    "/v1/completions": create_completion,
}
_COMPUTING: Mapping[str, Callable[[Json, ServerConfig], Json]] = {
    "/v1/embeddings": create_embeddings,
    _IMAGES_PATH: generate_images,
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
    content = await request.body()
    headers = dict(request.headers)
    recorded = RecordedRequest(
        method=request.method,
        path=request.url.path,
        headers=redact_credentials(headers),
        json=_parse_json(content),
        authorised=state.accepts(headers.get("authorization", "")),
    )
    try:
        state.admit(recorded)
        reply = state.next_reply() if request.method == "POST" else None
        if reply is not None and reply.generated is None:
            return _scripted_response(reply)
        generated = reply.generated if reply is not None else None
        return _default_response(state.config, recorded, content, generated)
    except ApiError as error:
        body = error.body(state.config.profile)
        return JSONResponse(body, error.status, error.headers)


def _default_response(
    config: ServerConfig, request: RecordedRequest, content: bytes, generated: Generated | None
) -> Response:
    if (request.method, request.path) == ("GET", _MODELS_PATH):
        return JSONResponse(list_models(config))
    _check_path(request, config)
    body = _json_object(request.json, content, config)
    if request.path in _COMPUTING:
        return JSONResponse(_COMPUTING[request.path](body, config))
    result = _GENERATING[request.path](body, config, generated)
    if isinstance(result, dict):
        return JSONResponse(result)
    return _event_stream((*map(encode_event, result), DONE_EVENT))


def _check_path(request: RecordedRequest, config: ServerConfig) -> None:
    is_missing = request.path == _IMAGES_PATH and not config.has(HubQuirk.IMAGES)
    if is_missing or request.path not in {*_GENERATING, *_COMPUTING, _MODELS_PATH}:
        raise path_not_found(request.path, config.profile)
    if request.method != "POST" or request.path == _MODELS_PATH:
        raise method_not_allowed(request.path, config.profile)


def _json_object(body: Any, content: bytes, config: ServerConfig) -> Json:
    if isinstance(body, dict):
        return body
    if config.has(HubQuirk.CONTRACT):
        raise bad_request("The body must be a JSON object", "body")
    raise validation_error([invalid_body(body, content)])


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
