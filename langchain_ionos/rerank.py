"""The reranking model, as a document compressor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document
from pydantic import Field
from typing_extensions import TypedDict, Unpack

from ionos_model_hub.catalogue import DEFAULT_RERANK_MODEL
from ionos_model_hub.wire.image_formats import REMOTE_SCHEMES
from ionos_model_hub.wire.image_ranking import DocumentFormat, RankSource
from ionos_model_hub.wire.request_types import CallOverrides
from ionos_model_hub.wire.response_types import RankedDocument
from langchain_ionos.connection import Connection, ModelId
from langchain_ionos.errors import langchain_errors

Rankable = RankSource | Document


class RerankResult(TypedDict):
    """A document's index in the list that was passed, and its relevance (higher is better)."""

    index: int
    relevance_score: float


class IONOSRerank(BaseDocumentCompressor, Connection):
    """Reranking models of the IONOS AI Model Hub, as a document compressor.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; it is a `ModelHubError` as well.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     rerank = IONOSRerank(api_key="any", base_url=hub.base_url, top_n=1)
        ...     rerank.rerank(["Cats purr.", "Dogs bark."], "Which animal barks?")[0]["index"]
        1
    """

    model: ModelId = Field(default=DEFAULT_RERANK_MODEL, description="Id of the model.")
    top_n: int | None = Field(
        default=3, ge=1, description="Number of documents to return; None returns all."
    )
    image_key: str | None = Field(
        default=None,
        description="Metadata key of images of documents, which are ranked along with the texts: "
        "paths, URLs, bytes or content blocks. Experimental, because servers differ. Files at "
        "these paths are read, so set it only for metadata that you trust.",
    )
    document_format: DocumentFormat = Field(
        default="list",
        description="Form of documents with images; see `ionos_model_hub.Client.rerank`. With "
        "`object`, a document with an image is ranked by its image alone.",
    )

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks = None
    ) -> list[Document]:
        """Return copies of the most relevant documents, best first.

        The metadata of each copy has its `relevance_score`. The documents passed are not changed.
        """
        return _add_scores(documents, self.rerank(documents, query))

    async def acompress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks = None
    ) -> list[Document]:
        """Return copies of the most relevant documents, best first; see `compress_documents`."""
        return _add_scores(documents, await self.arerank(documents, query))

    def rerank(
        self,
        documents: Sequence[Rankable],
        query: RankSource,
        *,
        top_n: int | None = None,
        **options: Unpack[CallOverrides],
    ) -> list[RerankResult]:
        """Return the indices and scores of the most relevant documents, best first.

        Args:
            documents: Texts, documents, or mappings of fields that the model understands.
                Experimental: images (`pathlib.Path`, bytes, content block or PIL image), or lists
                of texts and images that are one document.
            query: The query to rank them for; experimental: an image.
            top_n: Number of documents to return. Default: the field `top_n`.
            **options: `extra_headers`, `extra_query` and `timeout` of this call.
        """
        if not documents:
            return []
        with langchain_errors():
            request = self._request(documents, top_n, options)
            return _to_results(self.clients.sync.rerank(query, **request))

    async def arerank(
        self,
        documents: Sequence[Rankable],
        query: RankSource,
        *,
        top_n: int | None = None,
        **options: Unpack[CallOverrides],
    ) -> list[RerankResult]:
        """Return the indices and scores of the most relevant documents; see `rerank`."""
        if not documents:
            return []
        with langchain_errors():
            request = self._request(documents, top_n, options)
            return _to_results(await self.clients.aio.rerank(query, **request))

    def _request(
        self, documents: Sequence[Rankable], top_n: int | None, options: CallOverrides
    ) -> dict[str, Any]:
        is_text = isinstance(documents, str)  # a str is a sequence of str; the core rejects it
        return {
            "documents": documents if is_text else [self._rankable(each) for each in documents],
            "model": self.model,
            "top_n": self.top_n if top_n is None else top_n,
            "document_format": self.document_format,
            **options,
        }

    def _rankable(self, document: Rankable) -> RankSource:
        """Return the text of a document, preceded by its image."""
        if not isinstance(document, Document):
            return document
        image = document.metadata.get(self.image_key) if self.image_key else None
        if image is None:
            return document.page_content
        source = _image_source(image)
        is_pair = document.page_content and self.document_format == "list"
        return [source, document.page_content] if is_pair else source


def _image_source(image: Any) -> Any:
    """Return the image in a document's metadata; text is a URL or a path."""
    if not isinstance(image, str):
        return image
    if image.startswith((*REMOTE_SCHEMES, "data:")):
        return {"type": "image_url", "image_url": {"url": image}}
    return Path(image)


def _to_results(ranked: Sequence[RankedDocument]) -> list[RerankResult]:
    return [RerankResult(index=each.index, relevance_score=each.score) for each in ranked]


def _add_scores(documents: Sequence[Document], rankings: Sequence[RerankResult]) -> list[Document]:
    return [_add_score(documents[each["index"]], each["relevance_score"]) for each in rankings]


def _add_score(document: Document, score: float) -> Document:
    return document.model_copy(update={"metadata": {**document.metadata, "relevance_score": score}})
