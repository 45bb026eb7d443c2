"""Embeddings from the IONOS AI Model Hub for LlamaIndex."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self, cast

from llama_index.core.base.embeddings.base import BaseEmbedding, Embedding
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.instrumentation.events.embedding import (
    EmbeddingEndEvent,
    EmbeddingStartEvent,
)
from llama_index.core.rate_limiter import BaseRateLimiter
from llama_index.core.storage.kvstore.types import BaseKVStore
from llama_index_instrumentation import get_dispatcher
from pydantic import AliasChoices, Field, PrivateAttr
from typing_extensions import Unpack

from ionos_model_hub.catalogue import DEFAULT_EMBEDDING_MODEL
from ionos_model_hub.wire.batching import BATCH_SIZE, CONCURRENCY, Progress
from ionos_model_hub.wire.request_types import EmbeddingOptions
from llama_index_ionos.callbacks import discarding_event_ids
from llama_index_ionos.concurrency import LoopLimiter
from llama_index_ionos.connection import Connection, ConnectionArguments
from llama_index_ionos.usage_events import collect_usage, report_usage, usage_fields

_dispatcher = get_dispatcher(__name__)


class EmbeddingArguments(ConnectionArguments, total=False):
    """The keyword arguments of `IONOSEmbedding`."""

    model_name: str
    model: str
    embed_batch_size: int
    num_workers: int | None
    dimensions: int | None
    additional_kwargs: Mapping[str, Any]
    callback_manager: CallbackManager
    embeddings_cache: BaseKVStore | None
    rate_limiter: BaseRateLimiter | None


class IONOSEmbedding(Connection, BaseEmbedding):
    """Embeds texts as vectors.

    Texts are sent unchanged. There is one vector for each text, in the same order, or an error
    is raised. Up to `num_workers` requests are in flight at once; this also holds for
    asynchronous calls that the caller gathers. Queries do not wait for texts.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     model = IONOSEmbedding(api_key="any", api_base=hub.base_url)
        ...     len(model.get_query_embedding("Wo liegt Karlsruhe?"))
        1024
    """

    model_name: str = Field(
        validation_alias=AliasChoices("model_name", "model"),
        default=DEFAULT_EMBEDDING_MODEL,
        description="Id of an embedding model.",
    )
    embed_batch_size: int = Field(
        default=BATCH_SIZE, gt=0, le=2048, description="Texts per request, at most 2048."
    )
    num_workers: int | None = Field(
        default=None,
        gt=0,
        description="Maximum number of requests in flight, in a synchronous batch or on an event "
        "loop. Default: 4. A synchronous batch with a cache or a rate limiter sends one request "
        "at a time.",
    )
    dimensions: int | None = Field(
        default=None,
        gt=0,
        description="Length of the vectors, for models that support shorter vectors.",
    )
    additional_kwargs: dict[str, Any] = Field(
        default_factory=dict,
        description="Further options of the request, such as `timeout`, `extra_headers`, `user` "
        "or any field of the request body.",
    )
    embeddings_cache: Any | None = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Key-value store of vectors by text. Use a separate store for each model.",
    )

    _text_limiter: LoopLimiter = PrivateAttr(default_factory=LoopLimiter)
    _query_limiter: LoopLimiter = PrivateAttr(default_factory=LoopLimiter)

    def __init__(self, **arguments: Unpack[EmbeddingArguments]) -> None:
        super().__init__(**arguments)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that identifies this class in dumps and traces."""
        return "IONOSEmbedding"

    def to_payload(self) -> dict[str, Any]:
        """Return the fields for traces; the API key is never among them."""
        payload: dict[str, Any] = super().to_payload()
        return payload if self.dimensions is None else {**payload, "dimensions": self.dimensions}

    def get_query_embedding(self, query: str) -> Embedding:
        """Return the vector of a query; raises ModelHubError."""
        if self._needs_base_class:
            with discarding_event_ids(self.callback_manager):
                return BaseEmbedding.get_query_embedding(self, query)
        with self._events([query]) as vectors:
            vectors.append(self._get_query_embedding(query))
        return vectors[0]

    async def aget_query_embedding(self, query: str) -> Embedding:
        """Return the vector of a query; see `get_query_embedding`."""
        if self._needs_base_class:
            with discarding_event_ids(self.callback_manager):
                return await BaseEmbedding.aget_query_embedding(self, query)
        with self._events([query]) as vectors:
            vectors.append(await self._aget_query_embedding(query))
        return vectors[0]

    def get_text_embedding(self, text: str) -> Embedding:
        """Return the vector of a text; raises ModelHubError."""
        if self._needs_base_class:
            with discarding_event_ids(self.callback_manager):
                return BaseEmbedding.get_text_embedding(self, text)
        with self._events([text]) as vectors:
            vectors.append(self._get_text_embedding(text))
        return vectors[0]

    async def aget_text_embedding(self, text: str) -> Embedding:
        """Return the vector of a text; see `get_text_embedding`."""
        if self._needs_base_class:
            with discarding_event_ids(self.callback_manager):
                return await BaseEmbedding.aget_text_embedding(self, text)
        with self._events([text]) as vectors:
            vectors.append(await self._aget_text_embedding(text))
        return vectors[0]

    def get_text_embedding_batch(
        self, texts: list[str], show_progress: bool = False, **kwargs: Any
    ) -> list[Embedding]:
        """Return a vector for each text, in order.

        Args:
            texts: The texts.
            show_progress: Whether a progress bar is shown.
            **kwargs: Options of the request, such as `timeout` and `extra_headers`.

        Raises:
            ModelHubError: A request failed.
        """
        model = self._with_options(kwargs)
        if self._needs_base_class or not texts:
            with discarding_event_ids(self.callback_manager):
                return BaseEmbedding.get_text_embedding_batch(model, texts, show_progress)
        with self._events(texts) as vectors, _progress_bar(texts, show_progress) as progress:
            vectors += model._embed(texts, progress)
        return vectors

    async def aget_text_embedding_batch(
        self, texts: list[str], show_progress: bool = False, **kwargs: Any
    ) -> list[Embedding]:
        """Return a vector for each text, in order; see `get_text_embedding_batch`."""
        model = self._with_options(kwargs)
        if self._needs_base_class or not texts:
            with discarding_event_ids(self.callback_manager):
                return await BaseEmbedding.aget_text_embedding_batch(model, texts, show_progress)
        with self._events(texts) as vectors, _progress_bar(texts, show_progress) as progress:
            vectors += await model._aembed(texts, self._text_limiter, progress)
        return vectors

    def _get_query_embedding(self, query: str) -> Embedding:
        return self._embed([query])[0]

    def _get_text_embedding(self, text: str) -> Embedding:
        return self._embed([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return self._embed(texts)

    async def _aget_query_embedding(self, query: str) -> Embedding:
        return (await self._aembed([query], self._query_limiter))[0]

    async def _aget_text_embedding(self, text: str) -> Embedding:
        return (await self._aembed([text], self._text_limiter))[0]

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return await self._aembed(texts, self._text_limiter)

    def _embed(self, texts: Sequence[str], progress: Progress | None = None) -> list[Embedding]:
        response = self.clients.sync.embed(
            texts,
            model=self.model_name,
            batch_size=self.embed_batch_size,
            concurrency=self._max_in_flight,
            progress=progress,
            **self._options(),
        )
        report_usage(response.usage)
        return response.vectors

    async def _aembed(
        self, texts: Sequence[str], limiter: LoopLimiter, progress: Progress | None = None
    ) -> list[Embedding]:
        with limiter.semaphore(self._max_in_flight) as semaphore:
            response = await self.clients.aio.embed(
                texts,
                model=self.model_name,
                batch_size=self.embed_batch_size,
                concurrency=semaphore,
                progress=progress,
                **self._options(),
            )
        report_usage(response.usage)
        return response.vectors

    @property
    def _max_in_flight(self) -> int:
        return self.num_workers or CONCURRENCY

    @property
    def _needs_base_class(self) -> bool:
        """Whether calls are left to the base class, which supports caches and rate limiters."""
        return self.rate_limiter is not None or self.embeddings_cache is not None

    def _with_options(self, options: Mapping[str, Any]) -> Self:
        """Return this model, or a copy with additional options of the request."""
        if not options:
            return self
        return self.model_copy(update={"additional_kwargs": {**self.additional_kwargs, **options}})

    def _options(self) -> EmbeddingOptions:
        """Return the options of a request; those that the API does not define go into its body."""
        options: dict[str, Any] = {"dimensions": self.dimensions}
        body: dict[str, Any] = {}
        for name, value in self.additional_kwargs.items():
            (options if name in EmbeddingOptions.__annotations__ else body)[name] = value
        body |= options.get("extra_body") or {}
        return cast("EmbeddingOptions", {**options, "extra_body": body})

    @contextmanager
    def _events(self, texts: list[str]) -> Iterator[list[Embedding]]:
        """Report start and end of an embedding call; the caller fills the list with the vectors.

        The end event has the token usage in its tags, the callback in its `additional_kwargs`.
        """
        payload = self.to_payload()
        _dispatcher.event(EmbeddingStartEvent(model_dict=payload))
        vectors: list[Embedding] = []
        with (
            discarding_event_ids(self.callback_manager),
            collect_usage() as usages,
            self.callback_manager.event(
                CBEventType.EMBEDDING, payload={EventPayload.SERIALIZED: payload}
            ) as event,
        ):
            yield vectors
            usage = usage_fields(usages)
            end: dict[str, Any] = {EventPayload.CHUNKS: texts, EventPayload.EMBEDDINGS: vectors}
            event.on_end({**end, EventPayload.ADDITIONAL_KWARGS: usage} if usage else end)
        _dispatcher.event(EmbeddingEndEvent(chunks=texts, embeddings=vectors, tags=usage))


@contextmanager
def _progress_bar(texts: Sequence[str], is_shown: bool) -> Iterator[Progress | None]:
    """Provide a function that advances a progress bar, or None."""
    if not is_shown:
        yield None
        return
    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    with tqdm(total=len(texts), desc="Generating embeddings") as bar:
        yield bar.update
