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
from ionos_model_hub.emulator.endpoints.chat import answer_chat
from ionos_model_hub.emulator.endpoints.completions import answer_completion
from ionos_model_hub.emulator.endpoints.embeddings import answer_embeddings, answer_rerank
from ionos_model_hub.emulator.endpoints.images import answer_images
from ionos_model_hub.emulator.errors import RefusalError, bad_request, unknown_path
from ionos_model_hub.emulator.models import listing
from ionos_model_hub.emulator.script import DONE, RecordedRequest, Reply, event, without_secrets
from ionos_model_hub.emulator.state import Hub, Options

_POSTS: Mapping[str, Callable[[Json, int, date], Json | Iterator[Json]]] = {
    "/v1/chat/completions": answer_chat,
    "/v1/completions": answer_completion,
    "/v1/embeddings": answer_embeddings,
    "/v1/images/generations": answer_images,
    "/v1/rerank": answer_rerank,
}


def create_app(**options: Unpack[Options]) -> Starlette:
    """Return the emulator as an ASGI application, for example for `httpx.ASGITransport`.

    Args:
        **options: See `Emulator`.
    """
    return app_of(Hub(**options))


def app_of(hub: Hub) -> Starlette:
    """Return the ASGI application in front of a hub."""

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await _respond(hub, request)
        response.headers.setdefault("x-trace-id", hub.trace_id())
        await response(scope, receive, send)

    return Starlette(routes=[Mount("/", app=endpoint)])


async def _respond(hub: Hub, request: Request) -> Response:
    body = _parse(await request.body())
    headers = dict(request.headers)
    recorded = RecordedRequest(
        method=request.method,
        path=request.url.path,
        headers=without_secrets(headers),
        json=body,
        authorised=hub.knows(headers.get("authorization", "")),
    )
    try:
        hub.admit(recorded)
        reply = hub.next_reply() if request.method == "POST" else None
        return _scripted(reply) if reply else _answered(hub, recorded)
    except RefusalError as refusal:
        return JSONResponse(refusal.body, refusal.status, refusal.headers)


def _answered(hub: Hub, request: RecordedRequest) -> Response:
    if (request.method, request.path) == ("GET", "/v1/models"):
        return JSONResponse(listing(hub.today))
    handler = _POSTS.get(request.path)
    if handler is None or request.method != "POST":
        raise unknown_path(request.path)
    if not isinstance(request.json, dict):
        raise bad_request("The body must be a JSON object", "body")
    answer = handler(request.json, hub.seed, hub.today)
    if isinstance(answer, dict):
        return JSONResponse(answer)
    return _event_stream((*map(event, answer), DONE))


def _scripted(reply: Reply) -> Response:
    headers = dict(reply.headers)
    if reply.stream is not None:
        return _event_stream(reply.events(), reply.status, headers)
    if reply.body is not None:
        return Response(reply.body, reply.status, headers)
    return JSONResponse(reply.json, reply.status, headers)


def _event_stream(
    events: Iterable[bytes], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in events:
            yield piece

    return StreamingResponse(pieces(), status, headers, media_type="text/event-stream")


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
