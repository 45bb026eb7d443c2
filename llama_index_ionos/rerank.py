"""Reranking on the IONOS AI Model Hub for LlamaIndex."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.instrumentation.events.rerank import ReRankEndEvent, ReRankStartEvent
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, MetadataMode, NodeWithScore, QueryBundle
from llama_index_instrumentation import get_dispatcher
from pydantic import AliasChoices, Field
from typing_extensions import TypedDict, Unpack

from ionos_model_hub.catalogue import DEFAULT_RERANK_MODEL
from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.image_ranking import DocumentFormat, RankSource
from ionos_model_hub.wire.response_types import Ranking
from llama_index_ionos.callbacks import discarding_event_ids
from llama_index_ionos.connection import Connection, ConnectionArguments
from llama_index_ionos.convert.nodes import image_of_node
from llama_index_ionos.usage_events import collect_usage, report_usage, usage_fields

RETRIEVAL_SCORE = "retrieval_score"

_dispatcher = get_dispatcher(__name__)


class _Request(TypedDict):
    """The arguments of the client."""

    documents: list[RankSource]
    model: str
    top_n: int
    document_format: DocumentFormat


class RerankArguments(ConnectionArguments, total=False):
    """The keyword arguments of `IONOSRerank`."""

    model: str
    model_name: str
    top_n: int
    keep_retrieval_score: bool
    rerank_images: bool
    document_format: DocumentFormat
    callback_manager: CallbackManager


class IONOSRerank(Connection, BaseNodePostprocessor):
    """Sorts retrieved nodes by their relevance to the query and returns the best.

    The nodes passed in are not modified.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> from llama_index.core.schema import NodeWithScore, TextNode
        >>> texts = ["Bananas are yellow.", "Karlsruhe lies on the Rhine."]
        >>> nodes = [NodeWithScore(node=TextNode(text=text), score=0.5) for text in texts]
        >>> with Emulator() as hub:
        ...     rerank = IONOSRerank(api_key="any", api_base=hub.base_url, top_n=1)
        ...     rerank.postprocess_nodes(nodes, query_str="Where does Karlsruhe lie?")[0].text
        'Karlsruhe lies on the Rhine.'
    """

    model: str = Field(
        default=DEFAULT_RERANK_MODEL,
        validation_alias=AliasChoices("model", "model_name"),
        description="Id of a rerank model.",
    )
    top_n: int = Field(default=2, gt=0, description="Maximum number of nodes to return.")
    keep_retrieval_score: bool = Field(
        default=False,
        description="Whether the previous score is kept in the metadata entry `retrieval_score`, "
        "which is excluded from prompts and embeddings.",
    )
    rerank_images: bool = Field(
        default=False,
        description="Whether images of nodes are ranked along with their texts. Experimental, "
        "because servers differ.",
    )
    document_format: DocumentFormat = Field(
        default="list",
        description="Form of documents with images; see `ionos_model_hub.Client.rerank`. With "
        "`object`, a node with an image is ranked by its image alone.",
    )

    def __init__(self, **arguments: Unpack[RerankArguments]) -> None:
        super().__init__(**arguments)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that identifies this class in dumps and traces."""
        return "IONOSRerank"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        query = _require_query(query_bundle)
        if not nodes:
            return []
        with self._events(query, nodes) as ranked:
            ranking = self.clients.sync.rerank(query.query_str, **self._request(nodes))
            report_usage(ranking.usage)
            ranked.extend(self._ranked(nodes, ranking))
        return ranked

    async def _apostprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        query = _require_query(query_bundle)
        if not nodes:
            return []
        with self._events(query, nodes) as ranked:
            ranking = await self.clients.aio.rerank(query.query_str, **self._request(nodes))
            report_usage(ranking.usage)
            ranked.extend(self._ranked(nodes, ranking))
        return ranked

    def _request(self, nodes: Sequence[NodeWithScore]) -> _Request:
        return {
            "documents": [self._document(node.node) for node in nodes],
            "model": self.model,
            "top_n": min(self.top_n, len(nodes)),
            "document_format": self.document_format,
        }

    def _document(self, node: BaseNode) -> RankSource:
        """Return the text of a node, preceded by its image."""
        text = node.get_content(metadata_mode=MetadataMode.EMBED)
        image = image_of_node(node) if self.rerank_images else None
        if image is None:
            return text
        return [image, text] if text and self.document_format == "list" else image

    @contextmanager
    def _events(
        self, query: QueryBundle, nodes: list[NodeWithScore]
    ) -> Iterator[list[NodeWithScore]]:
        """Report start and end of the reranking; the caller fills the list with the result.

        The end event has the token usage in its tags, the callback in its `additional_kwargs`.
        """
        _dispatcher.event(
            ReRankStartEvent(query=query, nodes=nodes, top_n=self.top_n, model_name=self.model)
        )
        payload: dict[str, Any] = {
            EventPayload.NODES: nodes,
            EventPayload.MODEL_NAME: self.model,
            EventPayload.QUERY_STR: query.query_str,
            EventPayload.TOP_K: self.top_n,
        }
        ranked: list[NodeWithScore] = []
        with (
            discarding_event_ids(self.callback_manager),
            collect_usage() as usages,
            self.callback_manager.event(CBEventType.RERANKING, payload=payload) as event,
        ):
            yield ranked
            usage = usage_fields(usages)
            end: dict[str, Any] = {EventPayload.NODES: ranked}
            event.on_end({**end, EventPayload.ADDITIONAL_KWARGS: usage} if usage else end)
        _dispatcher.event(ReRankEndEvent(nodes=ranked, tags=usage))

    def _ranked(self, nodes: Sequence[NodeWithScore], ranking: Ranking) -> list[NodeWithScore]:
        selected = [nodes[document.index] for document in ranking]
        if self.keep_retrieval_score:
            selected = [_with_retrieval_score(node) for node in selected]
        return [
            NodeWithScore(node=node.node, score=document.score)
            for node, document in zip(selected, ranking, strict=True)
        ]


def _require_query(query: QueryBundle | None) -> QueryBundle:
    if not isinstance(query, QueryBundle):
        raise InvalidRequestError(
            f"query_bundle must be a QueryBundle, got {type(query).__name__}.",
            hint="Pass query_bundle or query_str.",
            param="query_bundle",
        )
    return query


def _with_retrieval_score(scored: NodeWithScore) -> NodeWithScore:
    node = scored.node
    hidden = {
        field: [*getattr(node, field), RETRIEVAL_SCORE]
        for field in ("excluded_llm_metadata_keys", "excluded_embed_metadata_keys")
    }
    metadata = {**node.metadata, RETRIEVAL_SCORE: scored.score}
    return NodeWithScore(node=node.model_copy(update={**hidden, "metadata": metadata}))
