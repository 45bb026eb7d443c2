"""Good answers, as bytes, and the ways to send them."""

import json
from collections.abc import Iterable
from typing import Any

from faults.server import Connection

PIECES = ("Grüße", " aus", " dem", " Rechen", "zentrum", " 🌍", ".")
TEXT = "".join(PIECES)
VECTOR = (0.25, -0.5, 1.0)


def completion() -> dict[str, object]:
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


def embeddings(texts: int) -> dict[str, Any]:
    data = [
        {"object": "embedding", "index": place, "embedding": [float(place), *VECTOR]}
        for place in range(texts)
    ]
    usage = {"prompt_tokens": texts, "total_tokens": texts}
    return {"object": "list", "model": "m", "data": data, "usage": usage}


def ranking(documents: int) -> dict[str, object]:
    results = [{"index": i, "relevance_score": 1 / (i + 1)} for i in range(documents)]
    return {"id": "r-1", "results": results}


def models() -> dict[str, object]:
    return {
        "object": "list",
        "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "x"}],
    }


def whole(connection: Connection) -> dict[str, object]:
    """Return the good answer to the connection's unstreamed request."""
    request = connection.request
    if request.kind == "embeddings":
        return embeddings(request.texts)
    if request.kind == "rerank":
        return ranking(request.texts)
    return models() if request.kind == "models" else completion()


def chunk(text: str | None = None, finish_reason: str | None = None) -> bytes:
    """Return one event of a chat stream."""
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return event(json.dumps({"id": "c-1", "model": "m", "choices": [choice]}, ensure_ascii=False))


def event(data: str) -> bytes:
    return f"data: {data}\n\n".encode()


OPENING = chunk("")
FINISH = chunk(finish_reason="stop")
DONE = event("[DONE]")
CHUNKS = tuple(chunk(piece) for piece in PIECES)
STREAM = (OPENING, *CHUNKS, FINISH, DONE)


def head(status: int, *headers: str, reason: str = "Told") -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status} {reason}", *headers, "", "")).encode()


def respond(
    connection: Connection,
    body: bytes | str | object,
    *headers: str,
    status: int = 200,
    kind: str = "application/json",
) -> None:
    """Send a whole answer with its true length."""
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    length = f"content-length: {len(body)}"
    connection.send(head(status, f"content-type: {kind}", length, *headers) + body)


EVENT_HEADERS = ("content-type: text/event-stream", "transfer-encoding: chunked")
EVENTS = head(200, *EVENT_HEADERS)
END_OF_CHUNKS = b"0\r\n\r\n"


def framed(piece: bytes) -> bytes:
    """Return a piece in HTTP's chunked framing."""
    return b"%x\r\n%s\r\n" % (len(piece), piece)


def stream(connection: Connection, pieces: Iterable[bytes], *headers: str) -> None:
    """Send a whole event stream, each piece in a chunk of its own."""
    opening = head(200, *EVENT_HEADERS, *headers)
    connection.send(opening, *map(framed, pieces), END_OF_CHUNKS)


def good(connection: Connection, *headers: str) -> None:
    """Answer as the hub does."""
    if connection.request.kind == "stream":
        stream(connection, STREAM, *headers)
    else:
        respond(connection, whole(connection), *headers)


def echo(connection: Connection) -> None:
    """Answer with the last question."""
    sent = json.loads(connection.request.body)["messages"][-1]["content"]
    choice = {"index": 0, "message": {"content": sent}, "finish_reason": "stop"}
    respond(connection, {"id": "c-1", "model": "m", "choices": [choice]})
