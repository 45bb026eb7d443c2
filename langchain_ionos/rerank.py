"""Documents by relevance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document
from pydantic import Field, JsonValue
from typing_extensions import TypedDict

from ionos_model_hub.catalogue import DEFAULT_RERANK_MODEL
from ionos_model_hub.wire.response_types import RankedDocument
from langchain_ionos.connection import Connection, ModelId
from langchain_ionos.errors import langchain_errors

Rankable = str | Document | Mapping[str, JsonValue]


class Ranking(TypedDict):
    """A document's place in the list that was passed, and its relevance, higher is better."""

    index: int
    relevance_score: float


class IONOSRerank(BaseDocumentCompressor, Connection):
    """Reranking models of the IONOS AI Model Hub, as a document compressor.

    Attributes:
        model: Id of the model.
        top_n: Documents to keep; None keeps all.

    All connection fields are described at `langchain_ionos.connection.Connection`.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; see `langchain_ionos.errors`.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     rerank = IONOSRerank(api_key="any", base_url=hub.base_url, top_n=1)
        ...     rerank.rerank(["Cats purr.", "Dogs bark."], "Which animal barks?")[0]["index"]
        1
    """

    model: ModelId = DEFAULT_RERANK_MODEL
    top_n: int | None = Field(default=3, ge=1)

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks = None
    ) -> list[Document]:
        """Return copies of the most relevant documents, best first.

        Each has its `relevance_score` in its metadata. The documents passed stay as they are.
        """
        return _scored(documents, self.rerank(documents, query))

    async def acompress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks = None
    ) -> list[Document]:
        """Return copies of the most relevant documents, best first; see `compress_documents`."""
        return _scored(documents, await self.arerank(documents, query))

    def rerank(
        self, documents: Sequence[Rankable], query: str, *, top_n: int | None = None
    ) -> list[Ranking]:
        """Return the places and scores of the most relevant documents, best first.

        Args:
            documents: Texts, documents, or mappings of fields that the model understands.
            query: What they should be relevant to.
            top_n: How many to return. Default: the field `top_n`.
        """
        if not documents:
            return []
        with langchain_errors():
            ranked = self.clients.sync.rerank(
                query, _plain(documents), model=self.model, top_n=top_n or self.top_n
            )
        return _rankings(ranked)

    async def arerank(
        self, documents: Sequence[Rankable], query: str, *, top_n: int | None = None
    ) -> list[Ranking]:
        """Return the places and scores of the most relevant documents; see `rerank`."""
        if not documents:
            return []
        with langchain_errors():
            ranked = await self.clients.aio.rerank(
                query, _plain(documents), model=self.model, top_n=top_n or self.top_n
            )
        return _rankings(ranked)


def _plain(documents: Sequence[Rankable]) -> list[str | Mapping[str, JsonValue]]:
    return [each.page_content if isinstance(each, Document) else each for each in documents]


def _rankings(ranked: Sequence[RankedDocument]) -> list[Ranking]:
    return [Ranking(index=each.index, relevance_score=each.score) for each in ranked]


def _scored(documents: Sequence[Document], rankings: Sequence[Ranking]) -> list[Document]:
    return [
        document.model_copy(
            update={
                "metadata": {**document.metadata, "relevance_score": ranking["relevance_score"]}
            }
        )
        for ranking in rankings
        for document in [documents[ranking["index"]]]
    ]
