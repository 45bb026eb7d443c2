"""Requests, responses and events of the log as JSON."""

import math
from typing import Any

from starlette.responses import Response

from ionos_model_hub.emulator.events import encode_json
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.log_feed import LogEvent
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.recorded_response import RecordedChunk, RecordedResponse


def to_json(value: object) -> bytes:
    """Return JSON; numbers that JSON does not have become null."""
    try:
        return encode_json(value)
    except ValueError:
        return encode_json(_finite(value))


def json_response(value: object, status: int = 200) -> Response:
    """Return a response with a JSON body, which browsers do not store."""
    headers = {"cache-control": "no-store"}
    return Response(to_json(value), status, headers, "application/json")


def error_response(status: int, message: str) -> Response:
    """Return a response for an error."""
    return json_response({"error": {"message": message}}, status)


def request_view(request: RecordedRequest, *, with_chunks: bool = False) -> Json:
    """Return a request and its response; by default without the body of the response."""
    response = _response_view(request.response)
    if with_chunks:
        response["chunks"] = [chunk_view(chunk) for chunk in request.response.chunks]
    return {
        "number": request.number,
        "received_at": request.received_at.isoformat(),
        "method": request.method,
        "path": request.path,
        "endpoint": request.endpoint,
        "model": request.model,
        "headers": dict(request.headers),
        "authorised": request.authorised,
        "json": request.json,
        "response": response,
    }


def chunk_view(chunk: RecordedChunk) -> Json:
    """Return a piece of a body."""
    return {"seconds": chunk.seconds, "text": chunk.data.decode("utf-8", "replace")}


def event_view(event: LogEvent) -> Json:
    """Return the data of an event: `number` identifies the request."""
    request = event.request
    if request is None:
        return {}
    if event.kind == "request":
        return request_view(request)
    if event.chunk is not None:
        return {"number": request.number, **chunk_view(event.chunk)}
    return {"number": request.number, "response": _response_view(request.response)}


def _response_view(response: RecordedResponse) -> Json:
    return {
        "status": response.status,
        "headers": response.headers,
        "seconds_to_head": response.seconds_to_head,
        "seconds": response.seconds,
        "outcome": response.outcome,
        "source": response.source,
        "truncated": response.truncated,
        "usage": response.usage if response.outcome != "pending" else None,
    }


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
