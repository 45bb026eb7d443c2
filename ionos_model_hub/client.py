"""The synchronous client. It has the methods of the asynchronous one, and blocks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
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
from ionos_model_hub.transport.sync_io import SyncIO, run_blocking
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


class Client:
    """A client for synchronous code. Safe to share between threads.

    Pickles and copies open their own connections. Pickles contain neither the API key nor
    `http_client`.

    Args:
        http_client: An httpx.Client to send all requests with, for example with custom
            certificates or event hooks. It is not closed with this client. Until the response head
            has arrived, only httpx's own limits apply: `timeout` limits each read. Default:
            connections that are opened by the first request.
        **options: See `Settings`.

    Raises:
        ConfigurationError: A setting is unknown, missing or invalid.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub, Client(api_key="any", base_url=hub.base_url) as client:
        ...     client.chat([{"role": "user", "content": "Hallo"}]).finish_reason
        'stop'
    """

    def __init__(
        self, *, http_client: httpx.Client | None = None, **options: Unpack[SettingsOptions]
    ) -> None:
        check_option_names(type(self), options)
        self._initialize(Settings(**options), http_client)

    @classmethod
    def with_settings(cls, settings: Settings, http_client: httpx.Client | None = None) -> Self:
        """Return a client with these settings."""
        client = cls.__new__(cls)
        client._initialize(settings, http_client)
        return client

    def _initialize(self, settings: Settings, http_client: httpx.Client | None) -> None:
        self.settings = settings
        self._http_client = http_client
        self._io = SyncIO(http_client, settings.proxy, settings.url)
        self._runner = CallRunner(settings, self._io)

    def models(self) -> list[ListedModel]:
        """Return the models currently served."""
        return run_blocking(self._runner.fetch(requests.models()))

    def chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        model: str = DEFAULT_CHAT_MODEL,
        **options: Unpack[ChatOptions],
    ) -> ChatCompletion:
        """Return a chat completion; raises ModelHubError."""
        request = chat_request(self.settings, model, messages, options)
        return run_blocking(self._runner.fetch(request.non_streamed()))

    def stream_chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        model: str = DEFAULT_CHAT_MODEL,
        **options: Unpack[ChatOptions],
    ) -> Stream[ChatCompletion]:
        """Return a stream of deltas; the request is sent when it is first iterated."""
        request = chat_request(self.settings, model, messages, options)
        return Stream(self._runner, request)

    def complete(
        self, prompt: str, *, model: str, **options: Unpack[CompletionOptions]
    ) -> Completion:
        """Return a text completion of `prompt`; raises ModelHubError."""
        request = requests.completion(model, prompt, options)
        return run_blocking(self._runner.fetch(request.non_streamed()))

    def stream_complete(
        self, prompt: str, *, model: str, **options: Unpack[CompletionOptions]
    ) -> Stream[Completion]:
        """Return a stream of deltas; the request is sent when it is first iterated."""
        return Stream(self._runner, requests.completion(model, prompt, options))

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
            batch_size: Maximum number of texts per request.
            concurrency: Maximum number of requests in flight.
            progress: Called with the number of texts in each finished batch.
            **options: Other fields of the request.

        Raises:
            ModelHubError: A batch failed; batches that had not started are not sent.
        """
        check_concurrency(concurrency)
        report = report_vectors(progress)
        batches = embedding_requests(model, texts, batch_size, options)
        if len(batches) == 1:
            result = run_blocking(self._runner.fetch(batches[0]))
            report(result)
            return result
        return merge_embeddings(self._fetch_all(batches, concurrency, report))

    def _fetch_all(
        self,
        parts: Sequence[Request[T]],
        concurrency: int = CONCURRENCY,
        report: Callable[[T], object] = ignore,
    ) -> list[T]:
        """Return the responses in order; `report` is called with each as it arrives."""

        def fetch(part: Request[T]) -> T:
            response = run_blocking(self._runner.fetch(part))
            report(response)
            return response

        if concurrency == 1 or len(parts) == 1:
            return [fetch(part) for part in parts]
        pool = ThreadPoolExecutor(concurrency, thread_name_prefix="ionos")
        contexts = [copy_context() for _ in parts]  # for spans and other context variables
        try:
            return list(pool.map(lambda context, part: context.run(fetch, part), contexts, parts))
        finally:
            # After Ctrl-C, requests in flight end in the background: each may be retried.
            is_interrupted = isinstance(sys.exception(), KeyboardInterrupt)
            pool.shutdown(wait=not is_interrupted, cancel_futures=True)

    def rerank(
        self,
        query: RankSource,
        documents: Sequence[RankSource],
        *,
        model: str = DEFAULT_RERANK_MODEL,
        document_format: DocumentFormat = "list",
        **options: Unpack[RerankOptions],
    ) -> Ranking:
        """Return indices and scores of the documents, best first; at most `top_n` of them.

        Ranking images is experimental: IONOS documents that the model does it, but not the form
        of the request, and servers differ.

        Args:
            query: A text or, experimental, an image or several of both.
            documents: Texts. Experimental: images (`pathlib.Path`, bytes, content block, PIL
                image, or `image_part(url)`), or lists of texts and images that are one document.
                Text is never read as a path or URL. Other mappings are sent unchanged.
            model: The rerank model.
            document_format: Form of documents with images: `list`, as in vLLM since 2026, or
                `object`, as in earlier versions, where each document is one text or one image.
            **options: Other fields of the request.
        """
        request = rank_request(model, query, documents, options, document_format)
        return run_blocking(self._runner.fetch(request))

    def generate_images(
        self, prompt: str, *, model: str = DEFAULT_IMAGE_MODEL, **options: Unpack[ImageOptions]
    ) -> list[GeneratedImage]:
        """Return `n` images for a prompt.

        Args:
            prompt: Description of the images.
            model: The image model.
            **options: `n` (default: 1; a request is sent for each image, within the rate limit),
                `size` (1024x768 or 1024*768; checked against the catalogue), `output_format`
                (png, jpeg or webp; inferred from other clients, not documented), `user`, and the
                options of all calls.

        Raises:
            InvalidRequestError: An argument is invalid, or the model does not support the size.
            ModelHubError: A request failed; requests that had not started are not sent.
        """
        return self._fetch_all(image_generations(model, prompt, options))

    def edit_image(
        self,
        image: ImageSource,
        prompt: str,
        *,
        model: str = DEFAULT_IMAGE_MODEL,
        mask: ImageSource | None = None,
        **options: Unpack[ImageEditOptions],
    ) -> list[GeneratedImage]:
        """Return `n` edited versions of an image.

        IONOS documents the endpoint, `model`, `prompt` and that there is an input image. The form
        fields of all other arguments are inferred from another client of the hub; they are listed
        in `ionos_model_hub.wire.image_requests.EDIT_FORM`.

        Args:
            image: Path, bytes, URL, content block or PIL image. http(s) URLs are sent unchanged,
                for the server to download; everything else is sent as a data URL. Inferred.
            prompt: Description of the edit. Documented.
            model: A model that edits images. Documented.
            mask: Image that marks the part to change, not an http(s) URL. Inferred; whether the
                hub's model uses it, and which colours mark the part, is not documented.
            **options: `n` (default: 1; a request is sent for each image, within the rate limit),
                `size` (checked against the catalogue), `output_format` (png, jpeg or webp),
                `user`, `extra_body` (further form fields), and the options of all calls. Inferred.

        Raises:
            InvalidRequestError: An image cannot be read, an argument is invalid, or the model does
                not support the size.
            ModelHubError: A request failed; requests that had not started are not sent.
        """
        urls = edit_urls(image, mask)
        return self._fetch_all(image_edits(model, prompt, *urls, options))

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._io.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.url!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self).with_settings, (self.settings,)

    def __copy__(self) -> Self:
        return self.with_settings(self.settings, self._http_client)

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self.__copy__()


class Stream(Generic[ResponseT]):
    """A streamed response: iterate over its deltas, then read `answer`.

    Leaving the loop early closes the connection immediately.

    Raises:
        ModelHubError: While iterating; `partial` contains the deltas received so far.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub, Client(api_key="any", base_url=hub.base_url) as client:
        ...     stream = client.stream_chat([{"role": "user", "content": "Hallo"}])
        ...     text = "".join(delta.text for delta in stream)
        ...     text == stream.answer.text
        True
    """

    def __init__(self, runner: CallRunner, request: StreamableRequest[ResponseT]) -> None:
        self._state = StreamState[ResponseT]()
        self._deltas = _deltas(runner, request, self._state)

    @property
    def answer(self) -> ResponseT:
        """The complete response; raises RuntimeError before the end of the stream."""
        return self._state.require_answer()

    def __iter__(self) -> Iterator[Delta]:
        return self._deltas

    def __next__(self) -> Delta:
        return next(self._deltas)

    def close(self) -> None:
        """Stop reading and release the connection."""
        self._deltas.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _deltas(
    runner: CallRunner, request: StreamableRequest[ResponseT], state: StreamState[ResponseT]
) -> Generator[Delta, None, None]:
    stream, deltas = run_blocking(runner.open(request))
    try:
        yield from deltas
        while not stream.done:
            yield from run_blocking(stream.step())
        state.answer = stream.answer
    finally:
        run_blocking(stream.close())
