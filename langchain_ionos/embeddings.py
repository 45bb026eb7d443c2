"""The embedding model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

from langchain_core.embeddings import Embeddings
from pydantic import Field, JsonValue

from ionos_model_hub.catalogue import DEFAULT_EMBEDDING_MODEL
from ionos_model_hub.wire.batching import BATCH_SIZE, CONCURRENCY, Progress
from langchain_ionos.connection import Connection, ModelId
from langchain_ionos.errors import langchain_errors


class _EmbedOptions(TypedDict, total=False):
    model: str
    batch_size: int
    concurrency: int
    dimensions: int
    extra_body: dict[str, JsonValue]


class IONOSEmbeddings(Connection, Embeddings):
    """Embedding models of the IONOS AI Model Hub.

    Texts are sent as strings, in concurrent batches. The result has one vector per text, in the
    order of the texts; otherwise an error is raised. An empty text is embedded as a space.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; see `langchain_ionos.errors`.
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
        default=None, ge=1, description="Length of the vectors, for models that can shorten them."
    )
    show_progress_bar: bool = Field(
        default=False, description="Whether embed_documents shows a progress bar; needs tqdm."
    )
    extra_body: dict[str, JsonValue] | None = Field(
        default=None, description="Further fields of the request that have no argument here."
    )

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text, in order."""
        with langchain_errors(), self._progress(len(texts)) as progress:
            client = self.clients.sync
            return client.embed(texts, progress=progress, **self._embed_options()).vectors

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text, in order."""
        with langchain_errors(), self._progress(len(texts)) as progress:
            client = self.clients.aio
            embedded = await client.embed(texts, progress=progress, **self._embed_options())
            return embedded.vectors

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one text."""
        with langchain_errors():
            return self.clients.sync.embed([text], **self._embed_options()).vectors[0]

    async def aembed_query(self, text: str) -> list[float]:
        """Return the vector of one text."""
        with langchain_errors():
            return (await self.clients.aio.embed([text], **self._embed_options())).vectors[0]

    def _embed_options(self) -> _EmbedOptions:
        options = _EmbedOptions(
            model=self.model, batch_size=self.batch_size, concurrency=self.concurrency
        )
        if self.dimensions is not None:
            options["dimensions"] = self.dimensions
        if self.extra_body is not None:
            options["extra_body"] = self.extra_body
        return options

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
