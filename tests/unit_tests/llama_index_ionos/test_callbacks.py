"""Nothing is remembered of events outside of traces; what a trace needs is left alone."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from llama_index.core.callbacks import CallbackManager, CBEventType
from llama_index.core.schema import NodeWithScore, TextNode

from llama_index_ionos import IONOSEmbedding, IONOSRerank
from llama_index_ionos.callbacks import forget_events

NODES = [NodeWithScore(node=TextNode(text="a"))]
CALLS: dict[str, Callable[[IONOSEmbedding], object]] = {
    "query": lambda model: model.get_query_embedding("a"),
    "text": lambda model: model.get_text_embedding("a"),
    "batch": lambda model: model.get_text_embedding_batch(["a"]),
    "batches": lambda model: model.get_text_embedding_batch(["a", "b", "c"]),
}
ASYNC_CALLS: dict[str, Callable[[IONOSEmbedding], Awaitable[object]]] = {
    "query": lambda model: model.aget_query_embedding("a"),
    "text": lambda model: model.aget_text_embedding("a"),
    "batch": lambda model: model.aget_text_embedding_batch(["a"]),
}


def answer(request: httpx.Request) -> httpx.Response:
    sent = json.loads(request.content)
    if "documents" in sent:
        return httpx.Response(200, json={"results": [{"index": 0, "relevance_score": 1.0}]})
    data = [{"index": place, "embedding": [1.0]} for place in range(len(sent["input"]))]
    return httpx.Response(200, json={"data": data})


async def aanswer(request: httpx.Request) -> httpx.Response:
    return answer(request)


def options(manager: CallbackManager) -> dict[str, Any]:
    return {
        "api_key": "any",
        "requests_per_second": None,
        "http_client": httpx.Client(transport=httpx.MockTransport(answer)),
        "async_http_client": httpx.AsyncClient(transport=httpx.MockTransport(aanswer)),
        "callback_manager": manager,
    }


def remembered(manager: CallbackManager) -> int:
    return sum(map(len, manager.trace_map.values()))


@pytest.mark.parametrize("name", CALLS)
def test_embedding_for_years_keeps_no_ids(name: str) -> None:
    manager = CallbackManager()
    model = IONOSEmbedding(embed_batch_size=2, **options(manager))
    for _ in range(10):
        CALLS[name](model)
    assert remembered(manager) <= 2


@pytest.mark.parametrize("name", ASYNC_CALLS)
async def test_embedding_for_years_keeps_no_ids_asynchronously(name: str) -> None:
    manager = CallbackManager()
    model = IONOSEmbedding(**options(manager))
    for _ in range(10):
        await ASYNC_CALLS[name](model)
    assert remembered(manager) <= 1


async def test_ranking_for_years_keeps_no_ids() -> None:
    manager = CallbackManager()
    reranker = IONOSRerank(**options(manager))
    for _ in range(10):
        reranker.postprocess_nodes(NODES, query_str="?")
        await reranker.apostprocess_nodes(NODES, query_str="?")
    assert remembered(manager) == 0


def test_within_a_trace_all_is_remembered() -> None:
    manager = CallbackManager()
    model = IONOSEmbedding(**options(manager))
    with manager.as_trace("query"):
        manager.on_event_start(CBEventType.RETRIEVE)
        model.get_query_embedding("a")
        model.get_query_embedding("b")
        forget_events(manager)
        assert remembered(manager) == 3
