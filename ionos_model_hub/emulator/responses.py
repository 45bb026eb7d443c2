"""HTTP responses: default ones of the endpoints, and scripted ones."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.chat import create_chat_completion
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
from ionos_model_hub.emulator.events import DONE_EVENT, encode_event
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import list_models
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.script import ENDPOINT_PATHS, Reply
from ionos_model_hub.emulator.scripted_errors import HtmlError, scripted_error

_Endpoint = Callable[[Json, ServerConfig, Reply | None], Json | Iterator[Json]]

_ENDPOINTS: dict[str, _Endpoint] = {
    ENDPOINT_PATHS["chat"]: create_chat_completion,
    ENDPOINT_PATHS["completions"]: create_completion,
    ENDPOINT_PATHS["embeddings"]: create_embeddings,
    ENDPOINT_PATHS["images"]: generate_images,
    ENDPOINT_PATHS["rerank"]: rerank,
}


def error_response(error: ApiError, config: ServerConfig) -> Response:
    """Return the response for an error."""
    if isinstance(error, HtmlError):
        return Response(error.page, error.status, error.headers, "text/html")
    return JSONResponse(error.body(config.profile), error.status, error.headers)


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
    if (request.method, request.path) == ("GET", ENDPOINT_PATHS["models"]):
        return JSONResponse(list_models(config))
    _check_path(request, config)
    result = _ENDPOINTS[request.path](_json_object(request, content, config), config, reply)
    usage = reply.usage if reply is not None else None
    if isinstance(result, dict):
        return JSONResponse(_with_usage(result, usage))
    chunks = (encode_event(_with_usage(chunk, usage)) for chunk in result)
    return event_stream((*chunks, DONE_EVENT), reply=reply)


def _check_path(request: RecordedRequest, config: ServerConfig) -> None:
    models, images = ENDPOINT_PATHS["models"], ENDPOINT_PATHS["images"]
    is_missing = request.path == images and not config.has(HubQuirk.IMAGES)
    if is_missing or request.path not in {*_ENDPOINTS, models}:
        raise path_not_found(request.path, config.profile)
    if request.method != "POST" or request.path == models:
        raise method_not_allowed(request.path, config.profile)


def _json_object(request: RecordedRequest, content: bytes, config: ServerConfig) -> Json:
    if isinstance(request.json, dict):
        return request.json
    if config.has(HubQuirk.CONTRACT):
        raise bad_request("The body must be a JSON object", "body")
    raise validation_error([invalid_body(request.json, content)])


def _with_usage(body: Json, usage: Mapping[str, int] | None) -> Json:
    return {**body, "usage": {**body["usage"], **usage}} if usage and "usage" in body else body


async def scripted_response(
    config: ServerConfig, request: RecordedRequest, content: bytes, reply: Reply
) -> Response:
    """Return a scripted response after its delay.

    Raises:
        ApiError: The request is invalid, or the reply is an error.
    """
    await asyncio.sleep(reply.delay)
    response = _scripted(config, request, content, reply)
    response.headers.update(reply.headers)
    if reply.disconnect_after == 0 or (
        reply.disconnect_after is not None and not isinstance(response, StreamingResponse)
    ):
        return _Disconnect(response, with_head=reply.disconnect_after > 0)
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
    if reply.stream is not None:
        return event_stream(reply.events(), reply.status, reply=reply)
    if reply.body is not None:
        return Response(reply.body, reply.status)
    return JSONResponse(reply.json, reply.status)


class _Disconnect(Response):
    """Close the connection before the response, or after its head."""

    def __init__(self, response: Response, *, with_head: bool) -> None:
        super().__init__(response.body, response.status_code, dict(response.headers))
        self._with_head = with_head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._with_head:
            headers = self.raw_headers
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": headers}
            )
            await send({"type": "http.response.body", "body": b"", "more_body": True})
        disconnect(receive)


class _EventStream(StreamingResponse):
    """Server-sent events with the delays, stalls and disconnects of a reply."""

    def __init__(self, events: Iterable[bytes], status: int, reply: Reply | None) -> None:
        self._events = events
        self._reply = reply
        super().__init__(self._chunks(), status, media_type="text/event-stream")
        self._receive: Receive | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        await super().__call__(scope, receive, send)

    async def _chunks(self) -> AsyncIterator[bytes]:
        reply = self._reply
        number = 0
        for number, event in enumerate(self._events):
            if reply is not None:
                await self._interrupt(reply, number)
            yield event
        if reply is not None:
            await self._interrupt(reply, number + 1)

    async def _interrupt(self, reply: Reply, number: int) -> None:
        """Pause before the event with this number, or never continue."""
        if number == reply.disconnect_after and self._receive is not None:
            await asyncio.sleep(0)  # lets the event loop send the events so far
            disconnect(self._receive)
        if number == reply.stall_after:
            await asyncio.Event().wait()  # cancelled when the client disconnects
        if number:
            await asyncio.sleep(reply.chunk_delay)


def event_stream(
    events: Iterable[bytes], status: int = 200, *, reply: Reply | None = None
) -> Response:
    """Return a response with server-sent events."""
    return _EventStream(events, status, reply)


def disconnect(receive: Receive) -> None:
    """Close the connection of a request to uvicorn.

    Raises:
        ConnectionResetError: The request did not come over a socket.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("The scripted reply closes the connection")
    transport.close()
