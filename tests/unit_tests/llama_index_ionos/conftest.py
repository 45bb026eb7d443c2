import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from llama_index_ionos import IONOS

Json = dict[str, Any]
MakeLLM = Callable[..., IONOS]
MakeChunk = Callable[..., Json]


def merge(chunks: Sequence[Json]) -> Json:
    """Return the non-streamed response that is equivalent to the chunks of a stream."""
    message: Json = {"role": "assistant", "content": ""}
    calls: dict[int, Json] = {}
    body: Json = {"id": "chat-1", "model": "m", "created": 7}
    finish_reason = None
    for chunk in chunks:
        body |= {"usage": chunk["usage"]} if "usage" in chunk else {}
        for choice in chunk["choices"]:
            delta = choice["delta"]
            for name in ("content", "reasoning"):
                message[name] = message.get(name, "") + delta.get(name, "")
            for call_delta in delta.get("tool_calls", ()):
                call = calls.setdefault(call_delta["index"], {"function": {"arguments": ""}})
                call |= {key: call_delta[key] for key in ("id", "type") if key in call_delta}
                function = call_delta["function"]
                call["function"] |= {"name": function["name"]} if "name" in function else {}
                call["function"]["arguments"] += function.get("arguments", "")
            finish_reason = choice.get("finish_reason") or finish_reason
    if calls:
        message["tool_calls"] = list(calls.values())
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return {**body, "choices": [choice]}


def respond_with(chunks: Sequence[Json], requests: list[Json]) -> Callable[[httpx.Request], Any]:
    """Return a handler that streams `chunks`, or returns the equivalent complete response."""

    def respond(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        requests.append({"path": request.url.path, **body})
        if not body.get("stream"):
            return httpx.Response(200, json=merge(chunks))
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
        return httpx.Response(200, text="".join([*lines, "data: [DONE]\n\n"]))

    return respond


@pytest.fixture
def requests() -> list[Json]:
    """The bodies of the requests, with their paths."""
    return []


@pytest.fixture
def make_llm(requests: list[Json]) -> MakeLLM:
    """Make an LLM whose server responds with the given chunks."""

    def make(*chunks: Json, **fields: Any) -> IONOS:
        transport = httpx.MockTransport(respond_with(chunks, requests))
        defaults: Json = {
            "api_key": "any",
            "api_base": "http://localhost:8400/v1",
            "model": "m",
            "http_client": httpx.Client(transport=transport),
            "async_http_client": httpx.AsyncClient(transport=transport),
        }
        return IONOS(**{**defaults, **fields})

    return make


@pytest.fixture
def chunk() -> MakeChunk:
    """Make a chunk of a stream from the fields of its delta."""

    def make(finish: str | None = None, **delta: Any) -> Json:
        return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    return make
