import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode
from pydantic import ValidationError

from ionos_model_hub.catalogue import DEFAULT_RERANK_MODEL
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.errors import InvalidRequestError, ResponseError
from llama_index_ionos import IONOSRerank

TEXTS = ["Bananas are yellow.", "Karlsruhe lies on the Rhine.", "The Rhine flows north."]
QUERY = "Does Karlsruhe lie on the Rhine?"

Rerank = Callable[..., list[NodeWithScore]]

WAYS: list[Rerank] = [
    lambda model, *args, **query: model.postprocess_nodes(*args, **query),
    lambda model, *args, **query: asyncio.run(model.apostprocess_nodes(*args, **query)),
]
both_ways = pytest.mark.parametrize("rerank", WAYS)


@pytest.fixture
def model(ionos_emulator_env: Emulator) -> IONOSRerank:
    return IONOSRerank()


@pytest.fixture
def nodes() -> list[NodeWithScore]:
    return [
        NodeWithScore(
            node=TextNode(
                text=text,
                metadata={"place": place, "secret": "hidden"},
                excluded_embed_metadata_keys=["secret"],
            ),
            score=place / 10,
        )
        for place, text in enumerate(TEXTS)
    ]


@both_ways
def test_the_best_come_first(
    model: IONOSRerank, rerank: Rerank, nodes: list[NodeWithScore]
) -> None:
    ranked = rerank(model, nodes, query_str=QUERY)

    assert [node.text for node in ranked] == [TEXTS[1], TEXTS[2]]
    assert ranked[0].score > ranked[1].score > 0


@both_ways
def test_it_sends_what_embeddings_see(
    model: IONOSRerank, rerank: Rerank, nodes: list[NodeWithScore], ionos_emulator: Emulator
) -> None:
    rerank(model, nodes, QueryBundle(QUERY))

    (request,) = ionos_emulator.requests
    assert request.path == "/v1/rerank"
    assert request.json == {
        "model": DEFAULT_RERANK_MODEL,
        "query": QUERY,
        "documents": [f"place: {place}\n\n{text}" for place, text in enumerate(TEXTS)],
        "top_n": 2,
    }


@both_ways
@pytest.mark.parametrize(("top_n", "kept"), [(1, 1), (3, 3), (50, 3)])
def test_it_keeps_top_n(
    rerank: Rerank,
    nodes: list[NodeWithScore],
    top_n: int,
    kept: int,
    ionos_emulator_env: Emulator,
) -> None:
    assert len(rerank(IONOSRerank(top_n=top_n), nodes, query_str=QUERY)) == kept
    assert ionos_emulator_env.requests[0].json["top_n"] == kept


@both_ways
@pytest.mark.parametrize("keep", [True, False])
def test_the_nodes_passed_in_stay_as_they_are(
    rerank: Rerank, nodes: list[NodeWithScore], keep: bool, ionos_emulator_env: Emulator
) -> None:
    before = [node.model_dump() for node in nodes]

    ranked = rerank(IONOSRerank(keep_retrieval_score=keep), nodes, query_str=QUERY)

    assert [node.model_dump() for node in nodes] == before
    assert not any(node is given for node in ranked for given in nodes)


@both_ways
def test_the_retrieval_score_is_kept_where_models_do_not_see_it(
    rerank: Rerank, nodes: list[NodeWithScore], ionos_emulator_env: Emulator
) -> None:
    best = rerank(IONOSRerank(keep_retrieval_score=True), nodes, query_str=QUERY)[0]

    assert best.metadata["retrieval_score"] == 0.1
    assert best.node_id == nodes[1].node_id
    for mode in (MetadataMode.LLM, MetadataMode.EMBED):
        assert best.get_content(mode) == nodes[1].get_content(mode)


@both_ways
def test_no_nodes_send_nothing(
    model: IONOSRerank, rerank: Rerank, ionos_emulator: Emulator
) -> None:
    assert rerank(model, [], query_str=QUERY) == []
    assert ionos_emulator.requests == []


@both_ways
def test_a_missing_query_is_told(
    model: IONOSRerank, rerank: Rerank, nodes: list[NodeWithScore]
) -> None:
    with pytest.raises(InvalidRequestError, match=r"Pass query_bundle or query_str") as caught:
        rerank(model, nodes)
    assert caught.value.param == "query_bundle"


def test_top_n_is_positive() -> None:
    with pytest.raises(ValidationError, match="top_n"):
        IONOSRerank(api_key="any", top_n=0)


@both_ways
@pytest.mark.parametrize("indices", [[0, 0], [3]])
def test_a_ranking_of_other_documents_is_an_error(
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


@both_ways
def test_each_reranking_is_told_once(
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
    assert callbacks.ends == [(CBEventType.RERANKING, {EventPayload.NODES: ranked})]


@both_ways
def test_a_failure_ends_the_callback_event(
    rerank: Rerank, nodes: list[NodeWithScore], callbacks: Any, ionos_emulator_env: Emulator
) -> None:
    model = IONOSRerank(model="no/such", callback_manager=CallbackManager([callbacks]))
    with pytest.raises(Exception, match="no/such") as caught:
        rerank(model, nodes, query_str=QUERY)
    assert callbacks.ends == [(CBEventType.RERANKING, {EventPayload.EXCEPTION: caught.value})]
