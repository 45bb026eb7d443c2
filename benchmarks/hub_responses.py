"""Responses of a server like the hub, for the scripted server."""

from __future__ import annotations

from typing import Any

from scripted_server import Json, Response

USAGE = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
HEAD = {"id": "chatcmpl-1", "created": 1, "model": "served/model"}


def completion(*messages: Json, finish: str = "stop", **more: Any) -> Response:
    """Return a chat completion with one choice per message."""
    choices = [
        {"index": index, "finish_reason": finish, "message": {"role": "assistant", **message}}
        for index, message in enumerate(messages)
    ]
    return Response(
        {**HEAD, "object": "chat.completion", "choices": choices, "usage": USAGE, **more}
    )


def tool_call(arguments: str = '{"a": 1}', **more: Any) -> Json:
    function = {"name": "add_one", "arguments": arguments}
    return {"id": "call_1", "type": "function", "function": function, **more}


def chunk(finish: str | None = None, **delta: Any) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}


def usage_chunk() -> Json:
    return {**HEAD, "object": "chat.completion.chunk", "choices": [], "usage": USAGE}


TEXT_CHUNKS = [
    chunk(role="assistant", content=""),
    chunk(content="Hal"),
    chunk(content="lo"),
    chunk("stop"),
]


def tool_chunks(*, with_index: bool = True) -> list[Json]:
    index = {"index": 0} if with_index else {}
    first = tool_call("", **index)
    rest = [{**index, "function": {"arguments": part}} for part in ('{"a"', ": 1}")]
    pieces = [chunk(role="assistant", tool_calls=[first])]
    pieces += [chunk(tool_calls=[part]) for part in rest]
    return [*pieces, chunk("tool_calls")]


def say_hallo(body: Json) -> Response:
    """Respond as requested: streamed or not, with token usage in the stream on request."""
    if not body.get("stream"):
        return completion({"content": "Hallo"})
    wants_usage = (body.get("stream_options") or {}).get("include_usage")
    return Response(events=[*TEXT_CHUNKS, usage_chunk()] if wants_usage else TEXT_CHUNKS)


def vectors(body: Json, *, shuffle: bool = False, drop: int = 0) -> Response:
    """Return vectors whose first number is the length of the text."""
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data = [
        {"object": "embedding", "index": index, "embedding": [float(len(text)), 1.0]}
        for index, text in enumerate(texts)
    ]
    data = data[: len(data) - drop]
    return Response(
        {
            "object": "list",
            "model": "served/embedder",
            "data": data[::-1] if shuffle else data,
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        }
    )
