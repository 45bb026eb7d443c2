"""A minimal LangChain chat model that sends requests with bare httpx."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from benchmarks.speed.payloads import MODEL
from benchmarks.speed.subjects import bare_httpx
from benchmarks.speed.subjects.langchain_memory import reply, to_chunk, to_result

ROLES = {"human": "user", "ai": "assistant"}


class HttpxChat(BaseChatModel):
    """Sends messages; supports no options, tools or typed errors."""

    url: str
    _client: httpx.Client = PrivateAttr(default_factory=bare_httpx.client)
    _async_client: httpx.AsyncClient = PrivateAttr(default_factory=bare_httpx.async_client)

    @property
    def _llm_type(self) -> str:
        return "httpx"

    def _body(self, messages: list[BaseMessage], **more: object) -> dict[str, Any]:
        wire = [{"role": ROLES[each.type], "content": each.content} for each in messages]
        return {"model": MODEL, "messages": wire, **more}

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        url, body = f"{self.url}/chat/completions", self._body(messages)
        return _result(self._client.post(url, json=body))

    async def _agenerate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        url, body = f"{self.url}/chat/completions", self._body(messages)
        return _result(await self._async_client.post(url, json=body))

    def _stream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> Iterator[ChatGenerationChunk]:
        body = self._body(messages, stream=True)
        for delta in bare_httpx.stream_deltas(self._client, self.url, body):
            yield to_chunk(delta)

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        body = self._body(messages, stream=True)
        async for delta in bare_httpx.astream_deltas(self._async_client, self.url, body):
            yield to_chunk(delta)


def _result(response: httpx.Response) -> ChatResult:
    response.raise_for_status()
    message = reply()
    message.content = response.json()["choices"][0]["message"]["content"]
    return to_result(message)
