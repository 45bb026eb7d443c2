"""Bare httpx in a typical and in an optimized version, httpx over aiohttp, and bare sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import httpx
import orjson
from httpx_aiohttp import AiohttpTransport

from benchmarks.speed.payloads import MODEL
from benchmarks.speed.raw import RawCalls
from benchmarks.speed.subjects.base import (
    KEY,
    AsyncCall,
    Call,
    OpenAsyncStream,
    OpenStream,
    Subject,
)
from benchmarks.speed.subjects.conversations import wire

Json = dict[str, Any]

HEADERS = {"authorization": f"Bearer {KEY}"}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "write_file",
            "parameters": {"type": "object", "properties": {"text": {"type": "string"}}},
        },
    }
]


def client() -> httpx.Client:
    """Return a client with the usual settings."""
    return httpx.Client(headers=HEADERS, timeout=60)


def async_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return a client without a limit on connections."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(headers=HEADERS, timeout=60, limits=limits, transport=transport)


def chat_body(turns: int = 0, **more: object) -> Json:
    """Return the body of a request."""
    return {"model": MODEL, "messages": wire(turns), **more}


def _call(url: str, turns: int) -> Call:
    http_client, endpoint = client(), f"{url}/chat/completions"

    def call() -> object:
        response = http_client.post(endpoint, json=chat_body(turns))
        response.raise_for_status()
        return response.json()["choices"][0]["message"]["content"]

    return call


def _acall_over(transport: Callable[[], httpx.AsyncBaseTransport | None]) -> Any:
    def make(url: str, turns: int) -> AsyncCall:
        http_client, endpoint = async_client(transport()), f"{url}/chat/completions"

        async def call() -> object:
            response = await http_client.post(endpoint, json=chat_body(turns))
            response.raise_for_status()
            return response.json()["choices"][0]["message"]["content"]

        return call

    return make


def _two_calls(url: str) -> AsyncCall:
    """Return the two non-streamed calls of an agent run, without the agent."""
    call = _acall_over(lambda: None)(url, 0)

    async def calls() -> object:
        await call()
        return await call()

    return calls


def deltas_of_lines(lines: Iterable[str]) -> Iterator[Json]:
    """Yield the deltas in the lines of a stream."""
    for line in lines:
        if line.startswith("data: {") and (choices := json.loads(line[6:])["choices"]):
            yield choices[0]["delta"]


def stream_deltas(http_client: httpx.Client, url: str, body: Json) -> Iterator[Json]:
    """Yield the deltas of a streamed response."""
    with http_client.stream("POST", f"{url}/chat/completions", json=body) as response:
        response.raise_for_status()
        yield from deltas_of_lines(response.iter_lines())


async def astream_deltas(
    http_client: httpx.AsyncClient, url: str, body: Json
) -> AsyncIterator[Json]:
    """Yield the deltas of a streamed response."""
    async with http_client.stream("POST", f"{url}/chat/completions", json=body) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            if line.startswith("data: {") and (choices := json.loads(line[6:])["choices"]):
                yield choices[0]["delta"]


def _stream(url: str) -> OpenStream:
    http_client, body = client(), chat_body(stream=True)
    return lambda: stream_deltas(http_client, url, body)


def _astream_over(transport: Callable[[], httpx.AsyncBaseTransport | None]) -> Any:
    def make(url: str) -> OpenAsyncStream:
        http_client, body = async_client(transport()), chat_body(stream=True)

        async def open_stream() -> AsyncIterator[Json]:
            return astream_deltas(http_client, url, body)

        return open_stream

    return make


def _tools(url: str) -> OpenStream:
    http_client, body = client(), chat_body(stream=True, tools=TOOLS)

    def deltas() -> Iterator[Json]:
        arguments: list[str] = []
        for delta in stream_deltas(http_client, url, body):
            arguments += (call["function"]["arguments"] for call in delta.get("tool_calls", ()))
            yield delta
        json.loads("".join(arguments))

    return deltas


def _embed_with(parse: Callable[[httpx.Response], Json]) -> Any:
    def make(url: str, batch: int) -> Callable[[list[str]], object]:
        http_client = client()

        def embed(texts: list[str]) -> object:
            vectors: list[list[float]] = []
            for at in range(0, len(texts), batch):
                body = {"model": MODEL, "input": texts[at : at + batch]}
                response = http_client.post(f"{url}/embeddings", json=body)
                response.raise_for_status()
                vectors += [item["embedding"] for item in parse(response)["data"]]
            return vectors

        return embed

    return make


def _tuned_events(parts: Iterable[bytes]) -> Iterator[Json]:
    incomplete = b""
    for part in parts:
        *events, incomplete = (incomplete + part).split(b"\n\n")
        for event in events:
            if event[6:7] == b"{" and (choices := orjson.loads(event[6:])["choices"]):
                yield choices[0]["delta"]


def _tuned_stream(url: str) -> OpenStream:
    http_client, body = client(), chat_body(stream=True)

    def deltas() -> Iterator[Json]:
        with http_client.stream("POST", f"{url}/chat/completions", json=body) as response:
            yield from _tuned_events(response.iter_raw())

    return deltas


def _tuned_astream(url: str) -> OpenAsyncStream:
    http_client, body = async_client(), chat_body(stream=True)

    async def deltas() -> AsyncIterator[Json]:
        async with http_client.stream("POST", f"{url}/chat/completions", json=body) as response:
            incomplete = b""
            async for part in response.aiter_raw():
                *events, incomplete = (incomplete + part).split(b"\n\n")
                for event in events:
                    if event[6:7] == b"{" and (choices := orjson.loads(event[6:])["choices"]):
                        yield choices[0]["delta"]

    async def open_stream() -> AsyncIterator[Json]:
        return deltas()

    return open_stream


def _aiohttp() -> httpx.AsyncBaseTransport:
    import aiohttp

    loop = asyncio.get_running_loop()
    connector = aiohttp.TCPConnector(limit=0, loop=loop)
    return AiohttpTransport(client=lambda: aiohttp.ClientSession(connector=connector))


SUBJECTS = (
    Subject(
        "httpx",
        "bare",
        construct=lambda _: client(),
        call=_call,
        acall=_acall_over(lambda: None),
        stream=_stream,
        astream=_astream_over(lambda: None),
        tools=_tools,
        structured=_stream,
        embed=_embed_with(lambda response: response.json()),
        agent=_two_calls,
    ),
    Subject(
        "httpx, tuned",
        "bare",
        stream=_tuned_stream,
        astream=_tuned_astream,
        tools=_tuned_stream,
        structured=_tuned_stream,
        embed=_embed_with(lambda response: orjson.loads(response.content)),
    ),
    Subject(
        "httpx-aiohttp",
        "bare",
        acall=_acall_over(_aiohttp),
        astream=_astream_over(_aiohttp),
    ),
    Subject("sockets", "bare", acall=lambda url, _: RawCalls(url)),
)
