import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from llama_index_ionos import IONOS

Json = dict[str, Any]
MakeLLM = Callable[..., IONOS]


def merged(chunks: Sequence[Json]) -> Json:
    """Return the whole answer that the chunks of a stream spell out."""
    message: Json = {"role": "assistant", "content": ""}
    calls: dict[int, Json] = {}
    body: Json = {"id": "chat-1", "model": "m", "created": 7}
    finish = None
    for chunk in chunks:
        body |= {"usage": chunk["usage"]} if "usage" in chunk else {}
        for choice in chunk["choices"]:
            delta = choice["delta"]
            for name in ("content", "reasoning"):
                message[name] = message.get(name, "") + delta.get(name, "")
            for piece in delta.get("tool_calls", ()):
                call = calls.setdefault(piece["index"], {"function": {"arguments": ""}})
                call |= {key: piece[key] for key in ("id", "type") if key in piece}
                function = piece["function"]
                call["function"] |= {"name": function["name"]} if "name" in function else {}
                call["function"]["arguments"] += function.get("arguments", "")
            finish = choice.get("finish_reason") or finish
    if calls:
        message["tool_calls"] = list(calls.values())
    return {**body, "choices": [{"index": 0, "message": message, "finish_reason": finish}]}


def answering(chunks: Sequence[Json], asked: list[Json]) -> Callable[[httpx.Request], Any]:
    """Return a hub that streams `chunks`, or answers with what they spell out."""

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        asked.append({"path": request.url.path, **body})
        if not body.get("stream"):
            return httpx.Response(200, json=merged(chunks))
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
        return httpx.Response(200, text="".join([*lines, "data: [DONE]\n\n"]))

    return answer


@pytest.fixture
def asked() -> list[Json]:
    """The bodies of the requests, with their paths."""
    return []


@pytest.fixture
def make_llm(asked: list[Json]) -> MakeLLM:
    """Make an LLM over a transport that answers with the given chunks."""

    def make(*chunks: Json, **fields: Any) -> IONOS:
        transport = httpx.MockTransport(answering(chunks, asked))
        parts: Json = {
            "api_key": "any",
            "api_base": "http://localhost:8400/v1",
            "model": "m",
            "http_client": httpx.Client(transport=transport),
            "async_http_client": httpx.AsyncClient(transport=transport),
        }
        return IONOS(**{**parts, **fields})

    return make


@pytest.fixture
def said() -> Callable[..., Json]:
    """Make a chunk of a stream from the fields of its delta."""

    def chunk(finish: str | None = None, **delta: Any) -> Json:
        return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    return chunk
