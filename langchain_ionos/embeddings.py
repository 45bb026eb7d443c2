"""The embedding model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core.embeddings import Embeddings
from pydantic import Field, JsonValue
from typing_extensions import Unpack

from ionos_model_hub.catalogue import DEFAULT_EMBEDDING_MODEL
from ionos_model_hub.wire.batching import BATCH_SIZE, CONCURRENCY, Progress
from ionos_model_hub.wire.request_types import EmbeddingOptions
from langchain_ionos.connection import Connection, ModelId
from langchain_ionos.errors import IONOSInvalidRequestError, langchain_errors


class _EmbedOptions(EmbeddingOptions, total=False):
    model: str
    batch_size: int
    concurrency: int


class IONOSEmbeddings(Connection, Embeddings):
    """Embedding models of the IONOS AI Model Hub.

    Texts are sent as strings, in concurrent batches. The result has one vector per text, in the
    order of the texts; otherwise an error is raised. An empty text is embedded as a space.

    All methods accept `extra_headers`, `extra_query`, `extra_body` and `timeout` per call.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; it is a `ModelHubError` as well.
        ImportError: `show_progress_bar` is set, but tqdm is not installed.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     embeddings = IONOSEmbeddings(api_key="any", base_url=hub.base_url)
        ...     vectors = embeddings.embed_documents(["Karlsruhe", "Berlin"])
        >>> len(vectors), len(vectors[0])
        (2, 1024)
    """

    model: ModelId = Field(default=DEFAULT_EMBEDDING_MODEL, description="Id of the model.")
    batch_size: int = Field(
        default=BATCH_SIZE, ge=1, description="Maximum number of texts in one request."
    )
    concurrency: int = Field(
        default=CONCURRENCY, ge=1, description="Maximum number of requests in flight."
    )
    dimensions: int | None = Field(
        default=None,
        ge=1,
        description="Length of the vectors, for models that can shorten them. Vectors of another "
        "length are an error.",
    )
    show_progress_bar: bool = Field(
        default=False, description="Whether embed_documents shows a progress bar; needs tqdm."
    )
    extra_body: dict[str, JsonValue] | None = Field(
        default=None, description="Further fields of the request that have no argument here."
    )

    def embed_documents(
        self, texts: list[str], chunk_size: int | None = None, **options: Unpack[EmbeddingOptions]
    ) -> list[list[float]]:
        """Return a vector for each text, in order.

        Args:
            texts: The texts.
            chunk_size: Maximum number of texts in one request. Default: `batch_size`.
            **options: Options of this call.
        """
        with langchain_errors(), self._progress(len(texts)) as progress:
            client, chosen = self.clients.sync, self._embed_options(options, chunk_size)
            return client.embed(texts, progress=progress, **chosen).vectors

    async def aembed_documents(
        self, texts: list[str], chunk_size: int | None = None, **options: Unpack[EmbeddingOptions]
    ) -> list[list[float]]:
        """Return a vector for each text, in order; see `embed_documents`."""
        with langchain_errors(), self._progress(len(texts)) as progress:
            client, chosen = self.clients.aio, self._embed_options(options, chunk_size)
            return (await client.embed(texts, progress=progress, **chosen)).vectors

    def embed_query(self, text: str, **options: Unpack[EmbeddingOptions]) -> list[float]:
        """Return the vector of one text."""
        with langchain_errors():
            return self.clients.sync.embed([text], **self._embed_options(options)).vectors[0]

    async def aembed_query(self, text: str, **options: Unpack[EmbeddingOptions]) -> list[float]:
        """Return the vector of one text."""
        with langchain_errors():
            embedded = await self.clients.aio.embed([text], **self._embed_options(options))
            return embedded.vectors[0]

    def _embed_options(
        self, options: EmbeddingOptions, chunk_size: int | None = None
    ) -> _EmbedOptions:
        """Return the options of a call, which take precedence over those of the model."""
        if chunk_size is not None and chunk_size < 1:
            raise IONOSInvalidRequestError(
                f"chunk_size must be at least 1, got {chunk_size}.", param="chunk_size"
            )
        chosen: _EmbedOptions = {
            "model": self.model,
            "batch_size": chunk_size or self.batch_size,
            "concurrency": self.concurrency,
            **options,
        }
        if self.dimensions is not None:
            chosen.setdefault("dimensions", self.dimensions)
        if self.extra_body is not None:
            chosen["extra_body"] = {**self.extra_body, **options.get("extra_body", {})}
        return chosen

    @contextmanager
    def _progress(self, total: int) -> Iterator[Progress | None]:
        if not (self.show_progress_bar and total):
            yield None
            return
        try:
            from tqdm.auto import tqdm  # type: ignore[import-untyped]  # it ships no types
        except ImportError as missing:
            raise ImportError(
                "show_progress_bar needs tqdm. Install it with pip install tqdm."
            ) from missing
        with tqdm(total=total, unit="text") as bar:
            yield bar.update
