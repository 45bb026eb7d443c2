"""Event ids outside traces are discarded; ids inside a trace are kept."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from llama_index.core.callbacks import CallbackManager, CBEventType
from llama_index.core.rate_limiter import TokenBucketRateLimiter
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.storage.kvstore import SimpleKVStore

from ionos_model_hub.errors import AuthenticationError
from llama_index_ionos import IONOSEmbedding, IONOSRerank
from llama_index_ionos.callbacks import discarding_event_ids

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
MakeFields = Callable[[], dict[str, Any]]
# A cache or a rate limiter leaves the events to the base class.
by_base_class = pytest.mark.parametrize(
    "make_fields",
    [
        dict,
        lambda: {"embeddings_cache": SimpleKVStore()},
        lambda: {"rate_limiter": TokenBucketRateLimiter(requests_per_minute=60_000)},
    ],
    ids=["own", "cache", "limiter"],
)


def respond(request: httpx.Request) -> httpx.Response:
    body = json.loads(request.content)
    if "documents" in body:
        return httpx.Response(200, json={"results": [{"index": 0, "relevance_score": 1.0}]})
    data = [{"index": index, "embedding": [1.0]} for index in range(len(body["input"]))]
    return httpx.Response(200, json={"data": data})


async def arespond(request: httpx.Request) -> httpx.Response:
    return respond(request)


def options(manager: CallbackManager) -> dict[str, Any]:
    return {
        "api_key": "any",
        "requests_per_second": None,
        "http_client": httpx.Client(transport=httpx.MockTransport(respond)),
        "async_http_client": httpx.AsyncClient(transport=httpx.MockTransport(arespond)),
        "callback_manager": manager,
    }


def count_ids(manager: CallbackManager) -> int:
    return sum(map(len, manager.trace_map.values()))


@by_base_class
@pytest.mark.parametrize("name", CALLS)
def test_embedding_does_not_accumulate_ids(name: str, make_fields: MakeFields) -> None:
    manager = CallbackManager()
    model = IONOSEmbedding(embed_batch_size=2, **make_fields(), **options(manager))
    for _ in range(10):
        CALLS[name](model)
    assert count_ids(manager) == 0


@by_base_class
@pytest.mark.parametrize("name", ASYNC_CALLS)
async def test_embedding_does_not_accumulate_ids_asynchronously(
    name: str, make_fields: MakeFields
) -> None:
    manager = CallbackManager()
    model = IONOSEmbedding(**make_fields(), **options(manager))
    for _ in range(10):
        await ASYNC_CALLS[name](model)
    assert count_ids(manager) == 0


@by_base_class
@pytest.mark.parametrize("name", CALLS)
def test_failed_embedding_does_not_accumulate_ids(name: str, make_fields: MakeFields) -> None:
    manager = CallbackManager()
    unavailable = httpx.MockTransport(lambda _: httpx.Response(401))
    connection = {**options(manager), "http_client": httpx.Client(transport=unavailable)}
    model = IONOSEmbedding(**make_fields(), **connection)
    for _ in range(10):
        with pytest.raises(AuthenticationError):
            CALLS[name](model)
    assert count_ids(manager) == 0


async def test_reranking_does_not_accumulate_ids() -> None:
    manager = CallbackManager()
    reranker = IONOSRerank(**options(manager))
    for _ in range(10):
        reranker.postprocess_nodes(NODES, query_str="?")
        await reranker.apostprocess_nodes(NODES, query_str="?")
    assert count_ids(manager) == 0


def test_ids_inside_a_trace_are_kept() -> None:
    manager = CallbackManager()
    model = IONOSEmbedding(**options(manager))
    with manager.as_trace("query"):
        manager.on_event_start(CBEventType.RETRIEVE)
        model.get_query_embedding("a")
        model.get_query_embedding("b")
        with discarding_event_ids(manager):
            pass
        assert count_ids(manager) == 3
