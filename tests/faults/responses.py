"""Responses as the hub sends them, as bytes, and functions that send them."""

import json
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from faults.server import Connection

TEXT_PARTS = ("Grüße", " aus", " dem", " Rechen", "zentrum", " 🌍", ".")
TEXT = "".join(TEXT_PARTS)
VECTOR = (0.25, -0.5, 1.0)
IMAGE = b"GIF89a..."


def completion() -> dict[str, object]:
    """Return a chat completion."""
    message = {"role": "assistant", "content": TEXT}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
    return {
        "id": "c-1",
        "object": "chat.completion",
        "model": "m",
        "choices": [choice],
        "usage": usage,
    }


def embeddings(text_count: int) -> dict[str, Any]:
    """Return one embedding for each text."""
    data = [
        {"object": "embedding", "index": index, "embedding": [float(index), *VECTOR]}
        for index in range(text_count)
    ]
    usage = {"prompt_tokens": text_count, "total_tokens": text_count}
    return {"object": "list", "model": "m", "data": data, "usage": usage}


def ranking(document_count: int) -> dict[str, object]:
    """Return the documents in their order."""
    results = [{"index": i, "relevance_score": 1 / (i + 1)} for i in range(document_count)]
    return {"id": "r-1", "results": results}


def models() -> dict[str, object]:
    """Return a list of one model."""
    return {
        "object": "list",
        "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "x"}],
    }


def good_body(connection: Connection) -> dict[str, object]:
    """Return the body for the connection's non-streamed request."""
    request = connection.request
    if request.kind == "embeddings":
        return embeddings(request.text_count)
    if request.kind == "rerank":
        return ranking(request.text_count)
    if request.kind == "edits":
        return {"created": 1, "data": [{"b64_json": b64encode(IMAGE).decode()}]}
    return models() if request.kind == "models" else completion()


def chunk(text: str | None = None, finish_reason: str | None = None) -> bytes:
    """Return one event of a chat stream."""
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return event(json.dumps({"id": "c-1", "model": "m", "choices": [choice]}, ensure_ascii=False))


def event(data: str) -> bytes:
    """Return a server-sent event."""
    return f"data: {data}\n\n".encode()


OPENING = chunk("")
FINISH = chunk(finish_reason="stop")
DONE = event("[DONE]")
CHUNKS = tuple(chunk(part) for part in TEXT_PARTS)
STREAM = (OPENING, *CHUNKS, FINISH, DONE)


def head(status: int, *headers: str, reason: str = "Scripted") -> bytes:
    """Return a response up to its body."""
    return "\r\n".join((f"HTTP/1.1 {status} {reason}", *headers, "", "")).encode()


def send_body(
    connection: Connection,
    body: bytes | str | object,
    *headers: str,
    status: int = 200,
    content_type: str = "application/json",
) -> None:
    """Send a complete response with a correct `Content-Length`."""
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    length = f"content-length: {len(body)}"
    connection.send(head(status, f"content-type: {content_type}", length, *headers) + body)


EVENT_HEADERS = ("content-type: text/event-stream", "transfer-encoding: chunked")
STREAM_HEAD = head(200, *EVENT_HEADERS)
LAST_HTTP_CHUNK = b"0\r\n\r\n"


def http_chunk(data: bytes) -> bytes:
    """Return data in HTTP's chunked framing."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def send_stream(connection: Connection, events: Iterable[bytes], *headers: str) -> None:
    """Send a complete event stream, with one HTTP chunk for each event."""
    connection.send(head(200, *EVENT_HEADERS, *headers), *map(http_chunk, events), LAST_HTTP_CHUNK)


def good(connection: Connection, *headers: str) -> None:
    """Respond as the hub does."""
    if connection.request.kind == "stream":
        send_stream(connection, STREAM, *headers)
    else:
        send_body(connection, good_body(connection), *headers)


def echo(connection: Connection) -> None:
    """Respond with the content of the last message."""
    content = json.loads(connection.request.body)["messages"][-1]["content"]
    choice = {"index": 0, "message": {"content": content}, "finish_reason": "stop"}
    send_body(connection, {"id": "c-1", "model": "m", "choices": [choice]})
