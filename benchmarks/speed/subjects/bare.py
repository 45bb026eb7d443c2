"""Clients without a framework: ours and the openai SDK."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Mapping
from typing import Any, cast

from openai import AsyncOpenAI, OpenAI

from benchmarks.speed.payloads import MODEL
from benchmarks.speed.subjects.bare_httpx import TOOLS
from benchmarks.speed.subjects.base import (
    KEY,
    AsyncCall,
    Call,
    OpenAsyncStream,
    OpenStream,
    Subject,
)
from benchmarks.speed.subjects.conversations import wire
from ionos_model_hub import AsyncClient, Client
from ionos_model_hub.wire.request_types import ChatMessage


def _messages(turns: int = 0) -> list[ChatMessage]:
    return cast("list[ChatMessage]", wire(turns))


def _own(url: str) -> Client:
    return Client(api_key=KEY, base_url=url)


def _own_async(url: str) -> AsyncClient:
    return AsyncClient(api_key=KEY, base_url=url)


def _own_call(url: str, turns: int) -> Call:
    client, messages = _own(url), _messages(turns)
    return lambda: client.chat(messages, model=MODEL)


def _own_acall(url: str, turns: int) -> AsyncCall:
    client, messages = _own_async(url), _messages(turns)
    return lambda: client.chat(messages, model=MODEL)


def _own_stream(url: str, **options: Any) -> OpenStream:
    client = _own(url)
    return lambda: client.stream_chat(_messages(), model=MODEL, **options)


def _own_astream(url: str) -> OpenAsyncStream:
    client = _own_async(url)

    async def open_stream() -> AsyncIterable[object]:
        return client.stream_chat(_messages(), model=MODEL)

    return open_stream


def _own_embed(url: str, batch: int) -> Callable[[list[str]], object]:
    client = _own(url)
    return lambda texts: client.embed(texts, batch_size=batch).vectors


def _own_observed_call(url: str, options: Mapping[str, Any]) -> Call:
    client, messages = Client(api_key=KEY, base_url=url, **options), _messages()
    return lambda: client.chat(messages, model=MODEL)


def _own_observed_stream(url: str, options: Mapping[str, Any]) -> OpenStream:
    client, messages = Client(api_key=KEY, base_url=url, **options), _messages()
    return lambda: client.stream_chat(messages, model=MODEL)


def _sdk(url: str) -> OpenAI:
    return OpenAI(api_key=KEY, base_url=url)


def _sdk_async(url: str) -> AsyncOpenAI:
    return AsyncOpenAI(api_key=KEY, base_url=url)


def _sdk_call(url: str, turns: int) -> Call:
    create: Any = _sdk(url).chat.completions.create
    messages = wire(turns)
    return lambda: create(model=MODEL, messages=messages)


def _sdk_acall(url: str, turns: int) -> AsyncCall:
    create: Any = _sdk_async(url).chat.completions.create
    messages = wire(turns)
    return lambda: create(model=MODEL, messages=messages)


def _sdk_stream(url: str, **options: Any) -> OpenStream:
    create: Any = _sdk(url).chat.completions.create
    return lambda: create(model=MODEL, messages=wire(), stream=True, **options)


def _sdk_astream(url: str) -> OpenAsyncStream:
    create: Any = _sdk_async(url).chat.completions.create
    return lambda: create(model=MODEL, messages=wire(), stream=True)


def _sdk_embed(url: str, batch: int) -> Callable[[list[str]], object]:
    create: Any = _sdk(url).embeddings.create

    def embed(texts: list[str]) -> object:
        vectors: list[list[float]] = []
        for at in range(0, len(texts), batch):
            response = create(model=MODEL, input=texts[at : at + batch], encoding_format="float")
            vectors += [item.embedding for item in response.data]
        return vectors

    return embed


SUBJECTS = (
    Subject(
        "ours, bare",
        "bare",
        construct=_own,
        call=_own_call,
        acall=_own_acall,
        stream=_own_stream,
        astream=_own_astream,
        tools=lambda url: _own_stream(url, tools=TOOLS),
        embed=_own_embed,
        observed_call=_own_observed_call,
        observed_stream=_own_observed_stream,
    ),
    Subject(
        "openai SDK",
        "bare",
        is_peer=True,
        construct=_sdk,
        call=_sdk_call,
        acall=_sdk_acall,
        stream=_sdk_stream,
        astream=_sdk_astream,
        tools=lambda url: _sdk_stream(url, tools=TOOLS),
        embed=_sdk_embed,
    ),
)
