"""The asynchronous shell: the same calls as the synchronous one, waiting on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Generic, Self

import httpx
from pydantic import JsonValue
from typing_extensions import Unpack

from ionos_model_hub.catalogue import (
    DEFAULT_CHAT_MODEL,
    DEFAULT_EMBEDDING_MODEL,
    DEFAULT_IMAGE_MODEL,
    DEFAULT_RERANK_MODEL,
)
from ionos_model_hub.settings import Settings, SettingsOptions, settings_from
from ionos_model_hub.transport.async_io import LoopIO, all_or_none
from ionos_model_hub.transport.event_stream import StreamState
from ionos_model_hub.transport.runner import Exchange
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.assembly import Answer
from ionos_model_hub.wire.batching import BATCH_SIZE, CONCURRENCY, Progress, split_batches, merge_embeddings
from ionos_model_hub.wire.request_types import (
    ChatMessage,
    ChatOptions,
    CompletionOptions,
    EmbeddingOptions,
    ImageOptions,
)
from ionos_model_hub.wire.requests import Call, StreamedCall
from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Completion,
    Delta,
    Embeddings,
    GeneratedImage,
    ListedModel,
    RankedDocument,
)


class AsyncClient:
    """The hub for asynchronous code, on any number of event loops.

    Args:
        http_client: An httpx.AsyncClient of your own, for proxies, certificates and hooks; it
            stays yours to close, and on one loop. Default: one for each loop, opened with its
            first request and closed when the loop ends.
        **options: See `Settings`.

    Raises:
        ConfigurationError: An option is missing or wrong.

    Example:
        >>> import asyncio
        >>> from ionos_model_hub.emulator import Emulator
        >>> async def ask(url: str) -> str | None:
        ...     async with AsyncClient(api_key="any", base_url=url) as client:
        ...         answer = await client.chat([{"role": "user", "content": "Hallo"}])
        ...         return answer.finish_reason
        >>> with Emulator() as hub:
        ...     asyncio.run(ask(hub.base_url))
        'stop'
    """

    def __init__(
        self, *, http_client: httpx.AsyncClient | None = None, **options: Unpack[SettingsOptions]
    ) -> None:
        self._start(settings_from(options), http_client)

    @classmethod
    def with_settings(
        cls, settings: Settings, http_client: httpx.AsyncClient | None = None
    ) -> Self:
        """Return a client for settings that are there already."""
        client = cls.__new__(cls)
        client._start(settings, http_client)
        return client

    def _start(self, settings: Settings, http_client: httpx.AsyncClient | None) -> None:
        self.settings = settings
        self._io = LoopIO(http_client, settings.proxy)
        self._exchange = Exchange(settings, self._io)

    async def models(self) -> list[ListedModel]:
        """Return what the hub serves now."""
        return await self._exchange.fetch(requests.models())

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        model: str = DEFAULT_CHAT_MODEL,
        **options: Unpack[ChatOptions],
    ) -> ChatCompletion:
        """Return a whole answer; raises ModelHubError."""
        call = requests.chat(
            model, messages, options, fix_model_quirks=self.settings.fix_model_quirks
        )
        return await self._exchange.fetch(call.unstreamed())

    def stream_chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        model: str = DEFAULT_CHAT_MODEL,
        **options: Unpack[ChatOptions],
    ) -> AsyncStream[ChatCompletion]:
        """Return a stream of deltas, which sends its request when it is first read."""
        call = requests.chat(
            model, messages, options, fix_model_quirks=self.settings.fix_model_quirks
        )
        return AsyncStream(self._exchange, call)

    async def complete(
        self, prompt: str, *, model: str, **options: Unpack[CompletionOptions]
    ) -> Completion:
        """Return a whole continuation of `prompt`; raises ModelHubError."""
        call = requests.completion(model, prompt, options)
        return await self._exchange.fetch(call.unstreamed())

    def stream_complete(
        self, prompt: str, *, model: str, **options: Unpack[CompletionOptions]
    ) -> AsyncStream[Completion]:
        """Return a stream of deltas, which sends its request when it is first read."""
        return AsyncStream(self._exchange, requests.completion(model, prompt, options))

    async def embed(
        self,
        texts: Sequence[str],
        *,
        model: str = DEFAULT_EMBEDDING_MODEL,
        batch_size: int = BATCH_SIZE,
        concurrency: int = CONCURRENCY,
        progress: Progress | None = None,
        **options: Unpack[EmbeddingOptions],
    ) -> Embeddings:
        """Return a vector for each text, in order; arguments and errors as in `Client.embed`."""
        calls = [
            requests.embeddings(model, part, options) for part in split_batches(texts, batch_size)
        ]
        gate = asyncio.Semaphore(concurrency)

        async def fetch(call: Call[Embeddings]) -> Embeddings:
            async with gate:
                part = await self._exchange.fetch(call)
            if progress:
                progress(len(part.vectors))
            return part

        return merge_embeddings(await all_or_none(fetch(call) for call in calls))

    async def rerank(
        self,
        query: str,
        documents: Sequence[str | Mapping[str, JsonValue]],
        *,
        model: str = DEFAULT_RERANK_MODEL,
        top_n: int | None = None,
    ) -> list[RankedDocument]:
        """Return the documents' places and scores, best first; at most `top_n` of them."""
        return await self._exchange.fetch(requests.rerank(model, query, documents, top_n))

    async def generate_images(
        self, prompt: str, *, model: str = DEFAULT_IMAGE_MODEL, **options: Unpack[ImageOptions]
    ) -> list[GeneratedImage]:
        """Return `n` images for a prompt; `size` is written 1024x1024 or 1024*1024."""
        return await self._exchange.fetch(requests.images(model, prompt, options))

    async def aclose(self) -> None:
        """Close the connections of the running loop; a later call opens new ones."""
        await self._io.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.url!r})"


class AsyncStream(Generic[Answer]):
    """A streamed answer: iterate over its deltas, then read `answer`.

    Use `async with`, or leave the loop only at its end, to close the connection at once.

    Raises:
        ModelHubError: While iterating; what had arrived is in its `partial`.

    Example:
        >>> import asyncio
        >>> from ionos_model_hub.emulator import Emulator
        >>> async def ask(url: str) -> bool:
        ...     async with AsyncClient(api_key="any", base_url=url) as client:
        ...         stream = client.stream_chat([{"role": "user", "content": "Hallo"}])
        ...         text = "".join([delta.text async for delta in stream])
        ...         return text == stream.answer.text
        >>> with Emulator() as hub:
        ...     asyncio.run(ask(hub.base_url))
        True
    """

    def __init__(self, exchange: Exchange, call: StreamedCall[Answer]) -> None:
        self._state = StreamState[Answer]()
        self._deltas = _deltas(exchange, call, self._state)

    @property
    def answer(self) -> Answer:
        """The whole answer, once all deltas were read; raises RuntimeError before."""
        return self._state.whole()

    def __aiter__(self) -> AsyncIterator[Delta]:
        return self._deltas

    async def __anext__(self) -> Delta:
        return await anext(self._deltas)

    async def aclose(self) -> None:
        """Stop reading and let go of the connection."""
        await self._deltas.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        # A loop that shuts down closes all generators at once, this one and those around it.
        if not self._deltas.ag_running:  # type: ignore[attr-defined]  # missing in typeshed
            await self.aclose()


async def _deltas(
    exchange: Exchange, call: StreamedCall[Answer], state: StreamState[Answer]
) -> AsyncGenerator[Delta, None]:
    stream, deltas = await exchange.open(call)
    try:
        for delta in deltas:
            yield delta
        while not stream.done:
            for delta in await stream.step():
                yield delta
        state.answer = stream.answer
    finally:
        await stream.close()
