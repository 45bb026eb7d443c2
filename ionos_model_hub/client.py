"""The synchronous shell: the same calls as the asynchronous one, waiting by blocking."""

from __future__ import annotations

from collections.abc import Coroutine, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Self, TypeVar

import httpx
from pydantic import JsonValue
from typing_extensions import Unpack

from ionos_model_hub.catalogue import (
    DEFAULT_CHAT_MODEL,
    DEFAULT_EMBEDDING_MODEL,
    DEFAULT_IMAGE_MODEL,
    DEFAULT_RERANK_MODEL,
)
from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings import Settings, SettingsOptions, settings_from
from ionos_model_hub.transport.event_stream import StreamState
from ionos_model_hub.transport.runner import Exchange
from ionos_model_hub.transport.sync_io import BlockingIO
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

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine whose awaits block instead of waiting."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise ConfigurationError(
        "api_key is a function that waits, which a synchronous call cannot do.",
        hint="Pass a plain function, or use the asynchronous client.",
        param="api_key",
    )


class Client:
    """The hub for synchronous code. Safe to share between threads.

    Args:
        http_client: An httpx.Client of your own, for proxies, certificates and hooks; it stays
            yours to close. Default: one that opens with the first request.
        **options: See `Settings`.

    Raises:
        ConfigurationError: An option is missing or wrong.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub, Client(api_key="any", base_url=hub.base_url) as client:
        ...     client.chat([{"role": "user", "content": "Hallo"}]).finish_reason
        'stop'
    """

    def __init__(
        self, *, http_client: httpx.Client | None = None, **options: Unpack[SettingsOptions]
    ) -> None:
        self._start(settings_from(options), http_client)

    @classmethod
    def with_settings(cls, settings: Settings, http_client: httpx.Client | None = None) -> Self:
        """Return a client for settings that are there already."""
        client = cls.__new__(cls)
        client._start(settings, http_client)
        return client

    def _start(self, settings: Settings, http_client: httpx.Client | None) -> None:
        self.settings = settings
        self._io = BlockingIO(http_client, settings.proxy)
        self._exchange = Exchange(settings, self._io)

    def models(self) -> list[ListedModel]:
        """Return what the hub serves now."""
        return run(self._exchange.fetch(requests.models()))

    def chat(
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
        return run(self._exchange.fetch(call.unstreamed()))

    def stream_chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        model: str = DEFAULT_CHAT_MODEL,
        **options: Unpack[ChatOptions],
    ) -> Stream[ChatCompletion]:
        """Return a stream of deltas, which sends its request when it is first read."""
        call = requests.chat(
            model, messages, options, fix_model_quirks=self.settings.fix_model_quirks
        )
        return Stream(self._exchange, call)

    def complete(
        self, prompt: str, *, model: str, **options: Unpack[CompletionOptions]
    ) -> Completion:
        """Return a whole continuation of `prompt`; raises ModelHubError."""
        return run(self._exchange.fetch(requests.completion(model, prompt, options).unstreamed()))

    def stream_complete(
        self, prompt: str, *, model: str, **options: Unpack[CompletionOptions]
    ) -> Stream[Completion]:
        """Return a stream of deltas, which sends its request when it is first read."""
        return Stream(self._exchange, requests.completion(model, prompt, options))

    def embed(
        self,
        texts: Sequence[str],
        *,
        model: str = DEFAULT_EMBEDDING_MODEL,
        batch_size: int = BATCH_SIZE,
        concurrency: int = CONCURRENCY,
        progress: Progress | None = None,
        **options: Unpack[EmbeddingOptions],
    ) -> Embeddings:
        """Return a vector for each text, in order.

        Args:
            texts: Any number of texts; they are sent in batches.
            model: The embedding model.
            batch_size: Texts in one request.
            concurrency: Requests under way at once.
            progress: Called after each batch with the number of its texts.
            **options: Further fields of the request.

        Raises:
            ModelHubError: One batch failed; those not yet begun are left out.
        """
        calls = [
            requests.embeddings(model, part, options) for part in split_batches(texts, batch_size)
        ]

        def fetch(call: Call[Embeddings]) -> Embeddings:
            part = run(self._exchange.fetch(call))
            if progress:
                progress(len(part.vectors))
            return part

        if len(calls) <= 1 or concurrency == 1:
            return merge_embeddings([fetch(call) for call in calls])
        workers = ThreadPoolExecutor(concurrency, thread_name_prefix="ionos-embed")
        try:
            return merge_embeddings(list(workers.map(fetch, calls)))
        finally:
            workers.shutdown(cancel_futures=True)

    def rerank(
        self,
        query: str,
        documents: Sequence[str | Mapping[str, JsonValue]],
        *,
        model: str = DEFAULT_RERANK_MODEL,
        top_n: int | None = None,
    ) -> list[RankedDocument]:
        """Return the documents' places and scores, best first; at most `top_n` of them."""
        return run(self._exchange.fetch(requests.rerank(model, query, documents, top_n)))

    def generate_images(
        self, prompt: str, *, model: str = DEFAULT_IMAGE_MODEL, **options: Unpack[ImageOptions]
    ) -> list[GeneratedImage]:
        """Return `n` images for a prompt; `size` is written 1024x1024 or 1024*1024."""
        return run(self._exchange.fetch(requests.images(model, prompt, options)))

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._io.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.url!r})"


class Stream(Generic[Answer]):
    """A streamed answer: iterate over its deltas, then read `answer`.

    Leaving the loop early closes the connection at once.

    Raises:
        ModelHubError: While iterating; what had arrived is in its `partial`.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub, Client(api_key="any", base_url=hub.base_url) as client:
        ...     stream = client.stream_chat([{"role": "user", "content": "Hallo"}])
        ...     text = "".join(delta.text for delta in stream)
        ...     text == stream.answer.text
        True
    """

    def __init__(self, exchange: Exchange, call: StreamedCall[Answer]) -> None:
        self._state = StreamState[Answer]()
        self._deltas = _deltas(exchange, call, self._state)

    @property
    def answer(self) -> Answer:
        """The whole answer, once all deltas were read; raises RuntimeError before."""
        return self._state.whole()

    def __iter__(self) -> Iterator[Delta]:
        return self._deltas

    def __next__(self) -> Delta:
        return next(self._deltas)

    def close(self) -> None:
        """Stop reading and let go of the connection."""
        self._deltas.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _deltas(
    exchange: Exchange, call: StreamedCall[Answer], state: StreamState[Answer]
) -> Generator[Delta, None, None]:
    stream, deltas = run(exchange.open(call))
    try:
        yield from deltas
        while not stream.done:
            yield from run(stream.step())
        state.answer = stream.answer
    finally:
        run(stream.close())
