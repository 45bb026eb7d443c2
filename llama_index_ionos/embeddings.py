"""Embeddings of the IONOS AI Model Hub for LlamaIndex."""

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
from llama_index_ionos.callbacks import forget_events
from llama_index_ionos.concurrency import LoopGates
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
    """Turns texts into vectors.

    Texts go out as they are. Vectors come back in the order of the texts, one for each, or an
    error is raised. A batch has up to `num_workers` requests under way at once, and asynchronous
    calls keep to it however many the caller gathers; a query does not queue behind texts.

    Args:
        model_name: An embedding model of the hub; `model` means the same.
        embed_batch_size: Texts in one request, at most 2048.
        num_workers: Requests under way at once, in a synchronous batch or on an event loop;
            default 4. A synchronous batch with a cache or a rate limiter sends one at a time.
        dimensions: Length of the vectors, for models that can shorten them.
        additional_kwargs: Further fields of the request, sent as they are.
        embeddings_cache: A key-value store with vectors by text; use one for each model.
        rate_limiter: A pace of your own, beside the hub's.
        **arguments: See `Connection`; also `callback_manager`.

    Raises:
        ConfigurationError: An argument is unknown, missing or wrong.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     model = IONOSEmbedding(api_key="any", api_base=hub.base_url)
        ...     len(model.get_query_embedding("Wo liegt Karlsruhe?"))
        1024
    """

    aliases: ClassVar[Mapping[str, str]] = {**Connection.aliases, "model": "model_name"}

    model_name: str = DEFAULT_EMBEDDING_MODEL
    embed_batch_size: int = Field(default=BATCH_SIZE, gt=0, le=2048)
    num_workers: int | None = Field(default=None, gt=0)
    dimensions: int | None = Field(default=None, gt=0)
    additional_kwargs: dict[str, JsonValue] = Field(default_factory=dict)
    embeddings_cache: Any | None = Field(default=None, exclude=True, repr=False)

    _text_gates: LoopGates = PrivateAttr(default_factory=LoopGates)
    _query_gates: LoopGates = PrivateAttr(default_factory=LoopGates)

    _fetched: Iterator[list[Embedding]] | None = PrivateAttr(default=None)

    def __init__(self, **arguments: Unpack[EmbeddingArguments]) -> None:
        super().__init__(**arguments)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that identifies the class in dumps and traces."""
        return "IONOSEmbedding"

    def to_payload(self) -> dict[str, Any]:
        """Return what traces may show: never the key."""
        payload: dict[str, Any] = super().to_payload()
        return payload if self.dimensions is None else {**payload, "dimensions": self.dimensions}

    def get_text_embedding_batch(
        self, texts: list[str], show_progress: bool = False, **kwargs: Any
    ) -> list[Embedding]:
        """Return a vector for each text, in order; raises ModelHubError."""
        forget_events(self.callback_manager)
        size = self.embed_batch_size
        batches = [texts[start : start + size] for start in range(0, len(texts), size)]
        if len(batches) <= 1 or self.rate_limiter is not None or self.embeddings_cache is not None:
            return super().get_text_embedding_batch(texts, show_progress, **kwargs)
        # LlamaIndex asks a twin for one batch after the other, while workers fetch ahead.
        twin = self.model_copy()
        workers = ThreadPoolExecutor(self._width, thread_name_prefix="ionos-embed")
        try:
            twin._fetched = workers.map(self._get_text_embeddings, batches)
            return super(IONOSEmbedding, twin).get_text_embedding_batch(
                texts, show_progress, **kwargs
            )
        finally:
            workers.shutdown(cancel_futures=True)

    def _get_query_embedding(self, query: str) -> Embedding:
        return self._get_text_embedding(query)

    def _get_text_embedding(self, text: str) -> Embedding:
        forget_events(self.callback_manager)
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        if self._fetched is not None:
            return next(self._fetched)
        return self.clients.sync.embed(
            texts,
            model=self.model_name,
            batch_size=self.embed_batch_size,
            concurrency=self._width,
            **self._options(),
        ).vectors

    async def _aget_query_embedding(self, query: str) -> Embedding:
        return (await self._embed([query], self._query_gates))[0]

    async def _aget_text_embedding(self, text: str) -> Embedding:
        return (await self._aget_text_embeddings([text]))[0]

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return await self._embed(texts, self._text_gates)

    async def _embed(self, texts: Sequence[str], gates: LoopGates) -> list[Embedding]:
        forget_events(self.callback_manager)
        async with gates.gate(self._width):
            answer = await self.clients.aio.embed(
                texts,
                model=self.model_name,
                batch_size=self.embed_batch_size,
                concurrency=1,
                **self._options(),
            )
        return answer.vectors

    @property
    def _width(self) -> int:
        return self.num_workers or CONCURRENCY

    def _options(self) -> EmbeddingOptions:
        options: EmbeddingOptions = {"extra_body": self.additional_kwargs}
        if self.dimensions is not None:
            options["dimensions"] = self.dimensions
        return options
