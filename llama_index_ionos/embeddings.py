"""Embeddings from the IONOS AI Model Hub for LlamaIndex."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from llama_index.core.base.embeddings.base import BaseEmbedding, Embedding
from llama_index.core.callbacks import CallbackManager
from llama_index.core.rate_limiter import BaseRateLimiter
from llama_index.core.storage.kvstore.types import BaseKVStore
from pydantic import Field, JsonValue, PrivateAttr
from typing_extensions import Unpack

from ionos_model_hub.catalogue import DEFAULT_EMBEDDING_MODEL
from ionos_model_hub.wire.batching import BATCH_SIZE, CONCURRENCY
from ionos_model_hub.wire.request_types import EmbeddingOptions
from llama_index_ionos.callbacks import discard_event_ids
from llama_index_ionos.concurrency import LoopLimiter
from llama_index_ionos.connection import Connection, ConnectionArguments


class EmbeddingArguments(ConnectionArguments, total=False):
    """The keyword arguments of `IONOSEmbedding`."""

    model_name: str
    model: str
    embed_batch_size: int
    num_workers: int | None
    dimensions: int | None
    additional_kwargs: Mapping[str, JsonValue]
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

    aliases: ClassVar[Mapping[str, str]] = {**Connection.aliases, "model": "model_name"}

    model_name: str = Field(
        default=DEFAULT_EMBEDDING_MODEL,
        description="Id of an embedding model. `model` is accepted as well.",
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
    additional_kwargs: dict[str, JsonValue] = Field(
        default_factory=dict, description="Further fields of the request."
    )
    embeddings_cache: Any | None = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Key-value store of vectors by text. Use a separate store for each model.",
    )

    _text_limiter: LoopLimiter = PrivateAttr(default_factory=LoopLimiter)
    _query_limiter: LoopLimiter = PrivateAttr(default_factory=LoopLimiter)
    _prefetched: Iterator[list[Embedding]] | None = PrivateAttr(default=None)

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

    def get_text_embedding_batch(
        self, texts: list[str], show_progress: bool = False, **kwargs: Any
    ) -> list[Embedding]:
        """Return a vector for each text, in order; raises ModelHubError."""
        discard_event_ids(self.callback_manager)
        size = self.embed_batch_size
        batches = [texts[start : start + size] for start in range(0, len(texts), size)]
        if len(batches) <= 1 or self.rate_limiter is not None or self.embeddings_cache is not None:
            return super().get_text_embedding_batch(texts, show_progress, **kwargs)
        # The base class requests one batch at a time from a copy, while workers prefetch them all.
        prefetching = self.model_copy()
        workers = ThreadPoolExecutor(self._max_in_flight, thread_name_prefix="ionos-embed")
        try:
            prefetching._prefetched = workers.map(self._get_text_embeddings, batches)
            return super(IONOSEmbedding, prefetching).get_text_embedding_batch(
                texts, show_progress, **kwargs
            )
        finally:
            workers.shutdown(cancel_futures=True)

    def _get_query_embedding(self, query: str) -> Embedding:
        discard_event_ids(self.callback_manager)
        return self._embed([query])[0]

    def _get_text_embedding(self, text: str) -> Embedding:
        discard_event_ids(self.callback_manager)
        return self._embed([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return self._embed(texts) if self._prefetched is None else next(self._prefetched)

    def _embed(self, texts: list[str]) -> list[Embedding]:
        # LlamaIndex has split the texts into batches; concurrency is limited by the callers.
        return self.clients.sync.embed(
            texts,
            model=self.model_name,
            batch_size=self.embed_batch_size,
            concurrency=1,
            **self._options(),
        ).vectors

    async def _aget_query_embedding(self, query: str) -> Embedding:
        return (await self._aembed([query], self._query_limiter))[0]

    async def _aget_text_embedding(self, text: str) -> Embedding:
        return (await self._aembed([text], self._text_limiter))[0]

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return await self._aembed(texts, self._text_limiter)

    async def _aembed(self, texts: Sequence[str], limiter: LoopLimiter) -> list[Embedding]:
        discard_event_ids(self.callback_manager)
        async with limiter.slot(self._max_in_flight):
            response = await self.clients.aio.embed(
                texts,
                model=self.model_name,
                batch_size=self.embed_batch_size,
                concurrency=1,
                **self._options(),
            )
        return response.vectors

    @property
    def _max_in_flight(self) -> int:
        return self.num_workers or CONCURRENCY

    def _options(self) -> EmbeddingOptions:
        options: EmbeddingOptions = {"extra_body": self.additional_kwargs}
        if self.dimensions is not None:
            options["dimensions"] = self.dimensions
        return options
