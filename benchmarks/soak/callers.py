"""The bare client and both adapters, each with a call, a stream and embeddings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

from llama_index.core.llms import ChatMessage

from ionos_model_hub import AsyncClient
from langchain_ionos import ChatIONOS, IONOSEmbeddings
from llama_index_ionos import IONOS, IONOSEmbedding

Chunks = AsyncIterator[str]
Vectors = list[list[float]]


class Callers:
    """The callers of one server."""

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {"api_key": "soak", "base_url": url, "requests_per_second": None}
        self._client = AsyncClient(**options)
        self._chat = ChatIONOS(model="m", **options)
        self._embeddings = IONOSEmbeddings(**options)
        self._llm = IONOS(model="m", **options)
        self._embedding = IONOSEmbedding(**options)
        self.chat: dict[str, Callable[[str], Awaitable[str]]] = {
            "client": self._client_chat,
            "langchain": self._langchain_chat,
            "llama_index": self._llama_index_chat,
        }
        self.stream: dict[str, Callable[[str], AsyncIterator[str]]] = {
            "client": self._client_stream,
            "langchain": self._langchain_stream,
            "llama_index": self._llama_index_stream,
        }
        self.embed: dict[str, Callable[[list[str]], Awaitable[Vectors]]] = {
            "client": self._client_embed,
            "langchain": self._embeddings.aembed_documents,
            "llama_index": self._embedding.aget_text_embedding_batch,
        }

    async def aclose(self) -> None:
        """Close all connections; a later request opens new ones."""
        await self._client.aclose()
        for model in (self._chat, self._embeddings, self._llm, self._embedding):
            await model.clients.aclose()

    async def _client_chat(self, text: str) -> str:
        return (await self._client.chat([{"role": "user", "content": text}], model="m")).text

    async def _langchain_chat(self, text: str) -> str:
        return str((await self._chat.ainvoke(text)).text)

    async def _llama_index_chat(self, text: str) -> str:
        response = await self._llm.achat([ChatMessage(text)])
        return response.message.content or ""

    async def _client_stream(self, text: str) -> Chunks:
        messages: Any = [{"role": "user", "content": text}]
        async with self._client.stream_chat(messages, model="m") as deltas:
            async for delta in deltas:
                yield delta.text

    async def _langchain_stream(self, text: str) -> Chunks:
        async with aclosing(self._chat.astream(text)) as chunks:
            async for chunk in chunks:
                yield str(chunk.text)

    async def _llama_index_stream(self, text: str) -> Chunks:
        async with aclosing(await self._llm.astream_chat([ChatMessage(text)])) as responses:
            async for response in responses:
                yield response.delta or ""

    async def _client_embed(self, texts: list[str]) -> Vectors:
        return (await self._client.embed(texts, model="m")).vectors


@asynccontextmanager
async def open_callers(url: str) -> AsyncIterator[Callers]:
    """Yield callers, and close them."""
    callers = Callers(url)
    try:
        yield callers
    finally:
        await callers.aclose()
