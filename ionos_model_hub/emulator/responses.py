"""HTTP responses: default ones of the endpoints, and scripted ones."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping

from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoint_paths import ENDPOINT_PATHS
from ionos_model_hub.emulator.endpoints.chat import create_chat_completion
from ionos_model_hub.emulator.endpoints.completions import create_completion
from ionos_model_hub.emulator.endpoints.embeddings import create_embeddings
from ionos_model_hub.emulator.endpoints.image_edits import edit_image
from ionos_model_hub.emulator.endpoints.images import generate_images
from ionos_model_hub.emulator.endpoints.rerank import rerank
from ionos_model_hub.emulator.engine.validation import invalid_body
from ionos_model_hub.emulator.errors import (
    ApiError,
    bad_request,
    method_not_allowed,
    path_not_found,
    unsupported_media_type,
)
from ionos_model_hub.emulator.events import DONE_EVENT, encode_event, encode_json
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import list_models
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.recorded import MAX_NESTING, RecordedRequest
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.scripted_errors import HtmlError, scripted_error

_Endpoint = Callable[[Json, ServerConfig, Reply | None], Json | Iterator[Json]]

_ENDPOINTS: dict[str, _Endpoint] = {
    ENDPOINT_PATHS["chat"]: create_chat_completion,
    ENDPOINT_PATHS["completions"]: create_completion,
    ENDPOINT_PATHS["embeddings"]: create_embeddings,
    ENDPOINT_PATHS["images"]: generate_images,
    ENDPOINT_PATHS["image_edits"]: edit_image,
    ENDPOINT_PATHS["rerank"]: rerank,
}

_PATHS = frozenset(ENDPOINT_PATHS.values())
_WITHOUT_BODY = (204, 304)
_IMAGE_ENDPOINTS = ("images", "image_edits")
_JSON_OBJECT = f"JSON object with at most {MAX_NESTING} levels"


class EventStream(Response):
    """A response of server-sent events, each sent as one piece."""

    media_type = "text/event-stream"

    def __init__(self, events: Iterable[bytes], status: int = 200) -> None:
        super().__init__(status_code=status)
        del self.headers["content-length"]
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})
        for event in self._events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await asyncio.sleep(0)  # The server may have to process that the client disconnected.
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response with a JSON body."""
    return Response(encode_json(value, compact=True), status, headers, "application/json")


def error_response(error: ApiError, config: ServerConfig) -> Response:
    """Return the response for an error."""
    if isinstance(error, HtmlError):
        return Response(error.page, error.status, error.headers, "text/html")
    return json_response(error.body(config.profile), error.status, error.headers)


def respond(
    config: ServerConfig, request: RecordedRequest, content: bytes, reply: Reply | None = None
) -> Response:
    """Return the response of an endpoint.

    Args:
        config: Configuration of the server.
        request: The request.
        content: Its unparsed body.
        reply: Scripted content of the response.

    Raises:
        ApiError: The request is invalid.
    """
    path = request.path.rstrip("/")
    if path != request.path and path in _PATHS and not config.has(HubQuirk.UNKNOWN_PATH):
        return RedirectResponse(path)
    _check_path(request, config)
    if request.endpoint == "models":
        return json_response(list_models(config))
    result = _ENDPOINTS[request.path](_json_object(request, content, config), config, reply)
    usage = reply.usage if reply is not None else None
    if isinstance(result, dict):
        return json_response(_with_usage(result, usage))
    chunks = (encode_event(_with_usage(chunk, usage)) for chunk in result)
    return EventStream((*chunks, DONE_EVENT))


def _check_path(request: RecordedRequest, config: ServerConfig) -> None:
    is_missing = request.endpoint in _IMAGE_ENDPOINTS and not config.has(HubQuirk.IMAGES)
    if is_missing or request.path not in _PATHS:
        raise path_not_found(request.path, config.profile)
    allowed = "GET" if request.endpoint == "models" else "POST"
    if request.method != allowed:
        raise method_not_allowed(request.path, allowed, config.profile)


def _json_object(request: RecordedRequest, content: bytes, config: ServerConfig) -> Json:
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if request.endpoint != "image_edits" and media_type.strip().lower() != "application/json":
        raise unsupported_media_type()
    if isinstance(request.json, dict):
        return request.json
    if config.has(HubQuirk.CONTRACT):
        is_form = request.endpoint == "image_edits"
        kind = "form (multipart/form-data)" if is_form else _JSON_OBJECT
        raise bad_request(f"The body must be a {kind}", "body")
    raise invalid_body(content)


def _with_usage(body: Json, usage: Mapping[str, int] | None) -> Json:
    return {**body, "usage": {**body["usage"], **usage}} if usage and "usage" in body else body


def scripted_response(
    config: ServerConfig, request: RecordedRequest, content: bytes, reply: Reply
) -> Response:
    """Return a scripted response.

    Raises:
        ApiError: The request is invalid, or the reply is an error.
    """
    response = _scripted(config, request, content, reply)
    response.headers.update(reply.headers)
    return response


def _scripted(
    config: ServerConfig, request: RecordedRequest, content: bytes, reply: Reply
) -> Response:
    if reply.error is not None:
        return error_response(
            scripted_error(reply.error, config.profile, reply.retry_after), config
        )
    if not reply.is_raw:
        return respond(config, request, content, reply)
    if reply.status in _WITHOUT_BODY:
        return Response(status_code=reply.status)
    if reply.stream is not None:
        return EventStream(reply.events(), reply.status)
    if reply.body is not None:
        return Response(reply.body, reply.status)
    return json_response(reply.json, reply.status)
