"""The asynchronous client. It has the methods of the synchronous one, and works on any loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Generic, Self, TypeVar

import httpx
from typing_extensions import Unpack

from ionos_model_hub.catalogue import (
    DEFAULT_CHAT_MODEL,
    DEFAULT_EMBEDDING_MODEL,
    DEFAULT_IMAGE_MODEL,
    DEFAULT_RERANK_MODEL,
)
from ionos_model_hub.settings import Settings, SettingsOptions, check_option_names
from ionos_model_hub.transport.async_io import AsyncIO, gather_or_cancel, hold_slot
from ionos_model_hub.transport.client_requests import (
    chat_request,
    check_concurrency,
    edit_urls,
    embedding_requests,
    ignore,
    rank_request,
    report_vectors,
)
from ionos_model_hub.transport.event_stream import StreamState
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.assembly import ResponseT
from ionos_model_hub.wire.batching import (
    BATCH_SIZE,
    CONCURRENCY,
    Progress,
    merge_embeddings,
)
from ionos_model_hub.wire.image_blocks import ImageSource
from ionos_model_hub.wire.image_ranking import DocumentFormat, RankSource
from ionos_model_hub.wire.image_requests import image_edits, image_generations
from ionos_model_hub.wire.request_types import (
    ChatMessage,
    ChatOptions,
    CompletionOptions,
    EmbeddingOptions,
    ImageEditOptions,
    ImageOptions,
    RerankOptions,
)
from ionos_model_hub.wire.requests import Request, StreamableRequest
from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Completion,
    Delta,
    Embeddings,
    GeneratedImage,
    ListedModel,
    Ranking,
)

T = TypeVar("T")


class AsyncClient:
    """A client for asynchronous code, on any number of event loops.

    Pickles and copies open their own connections. Pickles contain neither the API key nor
    `http_client`.

    Args:
        http_client: An httpx.AsyncClient to send all requests with, for example with custom
            certificates or event hooks. It works on one loop only and is not closed with this
            client. Default: separate connections for each loop, which are opened by its first
            request and closed when it shuts down.
        **options: See `Settings`.

    Raises:
        ConfigurationError: A setting is unknown, missing or invalid.

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
        check_option_names(type(self), options)
        self._initialize(Settings(**options), http_client)

    @classmethod
    def with_settings(
        cls, settings: Settings, http_client: httpx.AsyncClient | None = None
    ) -> Self:
        """Return a client with these settings."""
        client = cls.__new__(cls)
        client._initialize(settings, http_client)
        return client

    def _initialize(self, settings: Settings, http_client: httpx.AsyncClient | None) -> None:
        self.settings = settings
        self._http_client = http_client
        self._io = AsyncIO(http_client, settings.proxy, settings.url)
        self._runner = CallRunner(settings, self._io)

    async def models(self) -> list[ListedModel]:
        """Return the models currently served."""
        return await self._runner.fetch(requests.models())

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        model: str = DEFAULT_CHAT_MODEL,
        **options: Unpack[ChatOptions],
    ) -> ChatCompletion:
        """Return a chat completion; raises ModelHubError."""
        request = chat_request(self.settings, model, messages, options)
        return await self._runner.fetch(request.non_streamed())

    def stream_chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        model: str = DEFAULT_CHAT_MODEL,
        **options: Unpack[ChatOptions],
    ) -> AsyncStream[ChatCompletion]:
        """Return a stream of deltas; the request is sent when it is first iterated."""
        request = chat_request(self.settings, model, messages, options)
        return AsyncStream(self._runner, request)

    async def complete(
        self, prompt: str, *, model: str, **options: Unpack[CompletionOptions]
    ) -> Completion:
        """Return a text completion of `prompt`; raises ModelHubError."""
        request = requests.completion(model, prompt, options)
        return await self._runner.fetch(request.non_streamed())

    def stream_complete(
        self, prompt: str, *, model: str, **options: Unpack[CompletionOptions]
    ) -> AsyncStream[Completion]:
        """Return a stream of deltas; the request is sent when it is first iterated."""
        return AsyncStream(self._runner, requests.completion(model, prompt, options))

    async def embed(
        self,
        texts: Sequence[str],
        *,
        model: str = DEFAULT_EMBEDDING_MODEL,
        batch_size: int = BATCH_SIZE,
        concurrency: int | asyncio.Semaphore = CONCURRENCY,
        progress: Progress | None = None,
        **options: Unpack[EmbeddingOptions],
    ) -> Embeddings:
        """Return a vector for each text, in order; see `Client.embed`.

        `concurrency` may also be a semaphore that other calls on this event loop share.
        """
        check_concurrency(concurrency)
        report = report_vectors(progress)
        batches = embedding_requests(model, texts, batch_size, options)
        if len(batches) == 1 and isinstance(concurrency, int):
            result = await self._runner.fetch(batches[0])
            report(result)
            return result
        return merge_embeddings(await self._fetch_all(batches, concurrency, report))

    async def _fetch_all(
        self,
        parts: Sequence[Request[T]],
        concurrency: int | asyncio.Semaphore = CONCURRENCY,
        report: Callable[[T], object] = ignore,
    ) -> list[T]:
        """Return the responses in order; `report` is called with each as it arrives."""
        slots = asyncio.Semaphore(concurrency) if isinstance(concurrency, int) else concurrency

        async def fetch(part: Request[T]) -> T:
            async with hold_slot(slots):
                response = await self._runner.fetch(part)
            report(response)
            return response

        return await gather_or_cancel(fetch(part) for part in parts)

    async def rerank(
        self,
        query: RankSource,
        documents: Sequence[RankSource],
        *,
        model: str = DEFAULT_RERANK_MODEL,
        document_format: DocumentFormat = "list",
        **options: Unpack[RerankOptions],
    ) -> Ranking:
        """Return indices and scores of the documents, best first; see `Client.rerank`."""
        arguments = (model, query, documents, options, document_format)
        if isinstance(documents, list) and all(isinstance(d, str) for d in (query, *documents)):
            request = rank_request(*arguments)
        else:  # files are read in a thread
            request = await asyncio.to_thread(rank_request, *arguments)
        return await self._runner.fetch(request)

    async def generate_images(
        self, prompt: str, *, model: str = DEFAULT_IMAGE_MODEL, **options: Unpack[ImageOptions]
    ) -> list[GeneratedImage]:
        """Return `n` images for a prompt; see `Client.generate_images`."""
        return await self._fetch_all(image_generations(model, prompt, options))

    async def edit_image(
        self,
        image: ImageSource,
        prompt: str,
        *,
        model: str = DEFAULT_IMAGE_MODEL,
        mask: ImageSource | None = None,
        **options: Unpack[ImageEditOptions],
    ) -> list[GeneratedImage]:
        """Return `n` edited versions of an image; see `Client.edit_image`.

        Files are read in a thread.
        """
        urls = await asyncio.to_thread(edit_urls, image, mask)
        return await self._fetch_all(image_edits(model, prompt, *urls, options))

    async def aclose(self) -> None:
        """Close the connections of the running loop; a later call opens new ones."""
        await self._io.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.url!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self).with_settings, (self.settings,)

    def __copy__(self) -> Self:
        return self.with_settings(self.settings, self._http_client)

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self.__copy__()


class AsyncStream(Generic[ResponseT]):
    """A streamed response: iterate over its deltas, then read `answer`.

    Use `async with`, so that leaving the loop early closes the connection immediately.

    Raises:
        ModelHubError: While iterating; `partial` contains the deltas received so far.

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

    def __init__(self, runner: CallRunner, request: StreamableRequest[ResponseT]) -> None:
        self._state = StreamState[ResponseT]()
        self._deltas = _deltas(runner, request, self._state)

    @property
    def answer(self) -> ResponseT:
        """The complete response; raises RuntimeError before the end of the stream."""
        return self._state.require_answer()

    def __aiter__(self) -> AsyncIterator[Delta]:
        return self._deltas

    async def __anext__(self) -> Delta:
        return await anext(self._deltas)

    async def aclose(self) -> None:
        """Stop reading and release the connection."""
        await self._deltas.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        # A loop that shuts down closes all generators at once, including those around this one.
        if not self._deltas.ag_running:  # type: ignore[attr-defined]  # missing in typeshed
            await self.aclose()


async def _deltas(
    runner: CallRunner, request: StreamableRequest[ResponseT], state: StreamState[ResponseT]
) -> AsyncGenerator[Delta, None]:
    stream, deltas = await runner.open(request)
    try:
        for delta in deltas:
            yield delta
        while not stream.done:
            for delta in await stream.step():
                yield delta
        state.answer = stream.answer
    finally:
        await stream.close()
