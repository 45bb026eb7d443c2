import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode

from ionos_model_hub.catalogue import DEFAULT_RERANK_MODEL
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.errors import ConfigurationError, InvalidRequestError, ResponseError
from llama_index_ionos import IONOSRerank

TEXTS = ["Bananas are yellow.", "Karlsruhe lies on the Rhine.", "The Rhine flows north."]
QUERY = "Does Karlsruhe lie on the Rhine?"

Rerank = Callable[..., list[NodeWithScore]]

METHODS: list[Rerank] = [
    lambda model, *args, **query: model.postprocess_nodes(*args, **query),
    lambda model, *args, **query: asyncio.run(model.apostprocess_nodes(*args, **query)),
]
sync_and_async = pytest.mark.parametrize("rerank", METHODS)


@pytest.fixture
def model(ionos_emulator_env: Emulator) -> IONOSRerank:
    return IONOSRerank()


@pytest.fixture
def nodes() -> list[NodeWithScore]:
    return [
        NodeWithScore(
            node=TextNode(
                text=text,
                metadata={"place": index, "secret": "hidden"},
                excluded_embed_metadata_keys=["secret"],
            ),
            score=index / 10,
        )
        for index, text in enumerate(TEXTS)
    ]


@sync_and_async
def test_nodes_are_sorted_by_relevance(
    model: IONOSRerank, rerank: Rerank, nodes: list[NodeWithScore]
) -> None:
    ranked = rerank(model, nodes, query_str=QUERY)

    assert [node.text for node in ranked] == [TEXTS[1], TEXTS[2]]
    assert ranked[0].score > ranked[1].score > 0


@sync_and_async
def test_documents_are_sent_in_embed_mode(
    model: IONOSRerank, rerank: Rerank, nodes: list[NodeWithScore], ionos_emulator: Emulator
) -> None:
    rerank(model, nodes, QueryBundle(QUERY))

    (request,) = ionos_emulator.requests
    assert request.path == "/v1/rerank"
    assert request.json == {
        "model": DEFAULT_RERANK_MODEL,
        "query": QUERY,
        "documents": [f"place: {index}\n\n{text}" for index, text in enumerate(TEXTS)],
        "top_n": 2,
    }


@sync_and_async
@pytest.mark.parametrize(("top_n", "returned"), [(1, 1), (3, 3), (50, 3)])
def test_top_n_nodes_are_returned(
    rerank: Rerank,
    nodes: list[NodeWithScore],
    top_n: int,
    returned: int,
    ionos_emulator_env: Emulator,
) -> None:
    assert len(rerank(IONOSRerank(top_n=top_n), nodes, query_str=QUERY)) == returned
    assert ionos_emulator_env.requests[0].json["top_n"] == returned


@sync_and_async
@pytest.mark.parametrize("keep", [True, False])
def test_given_nodes_are_not_modified(
    rerank: Rerank, nodes: list[NodeWithScore], keep: bool, ionos_emulator_env: Emulator
) -> None:
    before = [node.model_dump() for node in nodes]

    ranked = rerank(IONOSRerank(keep_retrieval_score=keep), nodes, query_str=QUERY)

    assert [node.model_dump() for node in nodes] == before
    assert not any(node is given for node in ranked for given in nodes)


@sync_and_async
def test_retrieval_score_is_kept_in_excluded_metadata(
    rerank: Rerank, nodes: list[NodeWithScore], ionos_emulator_env: Emulator
) -> None:
    best = rerank(IONOSRerank(keep_retrieval_score=True), nodes, query_str=QUERY)[0]

    assert best.metadata["retrieval_score"] == 0.1
    assert best.node_id == nodes[1].node_id
    for mode in (MetadataMode.LLM, MetadataMode.EMBED):
        assert best.get_content(mode) == nodes[1].get_content(mode)


@sync_and_async
def test_no_request_without_nodes(
    model: IONOSRerank, rerank: Rerank, ionos_emulator: Emulator
) -> None:
    assert rerank(model, [], query_str=QUERY) == []
    assert ionos_emulator.requests == []


@sync_and_async
@pytest.mark.parametrize(("query", "kind"), [(None, "NoneType"), (QUERY, "str")])
def test_missing_query_bundle_is_error(
    model: IONOSRerank, rerank: Rerank, nodes: list[NodeWithScore], query: Any, kind: str
) -> None:
    with pytest.raises(InvalidRequestError, match=f"got {kind}. Pass query_bundle or") as caught:
        rerank(model, nodes, query)
    assert caught.value.param == "query_bundle"


def test_top_n_must_be_positive() -> None:
    with pytest.raises(ConfigurationError, match="top_n must be greater than 0"):
        IONOSRerank(api_key="any", top_n=0)


@sync_and_async
@pytest.mark.parametrize("indices", [[0, 0], [3]])
def test_ranking_of_unknown_documents_is_error(
    model: IONOSRerank,
    rerank: Rerank,
    nodes: list[NodeWithScore],
    indices: list[int],
    ionos_emulator: Emulator,
) -> None:
    results = [{"index": index, "relevance_score": 0.5} for index in indices]
    ionos_emulator.script(Reply(json={"results": results}))
    with pytest.raises(ResponseError, match="not sent"):
        rerank(model, nodes, query_str=QUERY)


@sync_and_async
def test_each_call_emits_events_once(
    rerank: Rerank,
    nodes: list[NodeWithScore],
    events: Any,
    callbacks: Any,
    ionos_emulator_env: Emulator,
) -> None:
    model = IONOSRerank(callback_manager=CallbackManager([callbacks]))

    ranked = rerank(model, nodes, query_str=QUERY)

    assert events.names("ReRank") == ["ReRankStartEvent", "ReRankEndEvent"]
    start, end = (event for event in events.all() if event.class_name().startswith("ReRank"))
    assert (start.top_n, start.model_name, start.query.query_str) == (2, model.model, QUERY)
    assert (start.nodes, end.nodes) == (nodes, ranked)
    assert callbacks.starts == [
        (
            CBEventType.RERANKING,
            {
                EventPayload.NODES: nodes,
                EventPayload.MODEL_NAME: model.model,
                EventPayload.QUERY_STR: QUERY,
                EventPayload.TOP_K: 2,
            },
        )
    ]
    usage = end.tags
    assert usage["token_usage"]["prompt_tokens"] > 0
    assert callbacks.ends == [
        (
            CBEventType.RERANKING,
            {EventPayload.NODES: ranked, EventPayload.ADDITIONAL_KWARGS: usage},
        )
    ]


@sync_and_async
def test_failed_call_ends_the_callback_event(
    rerank: Rerank, nodes: list[NodeWithScore], callbacks: Any, ionos_emulator_env: Emulator
) -> None:
    model = IONOSRerank(model="no/such", callback_manager=CallbackManager([callbacks]))
    with pytest.raises(Exception, match="no/such") as caught:
        rerank(model, nodes, query_str=QUERY)
    assert callbacks.ends == [(CBEventType.RERANKING, {EventPayload.EXCEPTION: caught.value})]
