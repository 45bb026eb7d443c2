import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.storage.kvstore import SimpleKVStore

from ionos_model_hub.catalogue import DEFAULT_EMBEDDING_MODEL
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.errors import AuthenticationError, ResponseError
from llama_index_ionos import IONOSEmbedding

TEXTS = [f"text number {number}" for number in range(10)]

Embed = Callable[[IONOSEmbedding, list[str]], list[list[float]]]

BATCHES: list[Embed] = [
    lambda model, texts: model.get_text_embedding_batch(texts),
    lambda model, texts: asyncio.run(model.aget_text_embedding_batch(texts)),
]
SINGLES: list[Embed] = [
    lambda model, texts: [model.get_text_embedding(text) for text in texts],
    lambda model, texts: [asyncio.run(model.aget_text_embedding(text)) for text in texts],
    lambda model, texts: [model.get_query_embedding(text) for text in texts],
    lambda model, texts: [asyncio.run(model.aget_query_embedding(text)) for text in texts],
]


@pytest.fixture
def model(ionos_emulator_env: Emulator) -> IONOSEmbedding:
    return IONOSEmbedding(embed_batch_size=4)


def embeddings_reply(vectors: dict[int, list[float]]) -> Reply:
    data = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in vectors.items()
    ]
    return Reply(json={"object": "list", "model": "any", "data": data})


def request_bodies(hub: Emulator) -> list[Any]:
    return [request.json for request in hub.requests]


@pytest.mark.parametrize("embed", BATCHES)
def test_batch_keeps_order(model: IONOSEmbedding, embed: Embed) -> None:
    assert embed(model, TEXTS) == [model.get_text_embedding(text) for text in TEXTS]


@pytest.mark.parametrize("embed", BATCHES)
def test_requests_contain_embed_batch_size_texts(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    embed(model, TEXTS)

    inputs = sorted(
        (body["input"] for body in request_bodies(ionos_emulator)), key=lambda texts: texts[0]
    )
    assert inputs == [TEXTS[:4], TEXTS[4:8], TEXTS[8:]]


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_no_request_without_texts(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    assert embed(model, []) == []
    assert request_bodies(ionos_emulator) == []


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_texts_are_sent_unchanged(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    texts = ["Zeile\nZeile\r\n\tÄöü", "漢字 🦆", "  blanks  "]

    embed(model, texts)

    assert [text for body in request_bodies(ionos_emulator) for text in body["input"]] == texts


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_empty_text_is_sent_as_space(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    assert [len(vector) for vector in embed(model, [""])] == [1024]
    assert [body["input"] for body in request_bodies(ionos_emulator)] == [[" "]]


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_only_set_options_are_sent(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    embed(model, ["Hallo"])
    assert request_bodies(ionos_emulator) == [
        {"model": DEFAULT_EMBEDDING_MODEL, "input": ["Hallo"], "encoding_format": "float"}
    ]


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_dimensions_and_additional_kwargs_are_sent(
    embed: Embed, ionos_emulator_env: Emulator
) -> None:
    ionos_emulator_env.script(embeddings_reply({0: [1.0] * 64}))

    embed(IONOSEmbedding(dimensions=64, additional_kwargs={"truncate": True}), ["Hallo"])

    (body,) = request_bodies(ionos_emulator_env)
    assert (body["dimensions"], body["truncate"]) == (64, True)


@pytest.mark.parametrize("embed", BATCHES)
def test_vectors_are_sorted_by_index(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(embeddings_reply({2: [2.0], 0: [0.0], 1: [1.0]}))
    assert embed(model, ["a", "b", "c"]) == [[0.0], [1.0], [2.0]]


@pytest.mark.parametrize("embed", BATCHES)
@pytest.mark.parametrize("vectors", [{0: [0.0]}, {0: [0.0], 1: [1.0], 2: [2.0]}, {0: [0.0], 7: []}])
def test_wrong_number_of_vectors_is_error(
    model: IONOSEmbedding,
    embed: Embed,
    vectors: dict[int, list[float]],
    ionos_emulator: Emulator,
) -> None:
    ionos_emulator.script(embeddings_reply(vectors))
    with pytest.raises(ResponseError, match="must contain 2 vectors"):
        embed(model, ["a", "b"])


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_rejected_key_is_typed_error_without_the_key(embed: Embed) -> None:
    with Emulator(api_key="right") as hub:
        model = IONOSEmbedding(api_key="wrong-4711", base_url=hub.base_url)
        with pytest.raises(AuthenticationError) as caught:
            embed(model, ["Hallo"])
    assert caught.value.status_code == 401
    assert "4711" not in str(caught.value)


def test_works_on_successive_event_loops(model: IONOSEmbedding) -> None:
    expected = model.get_text_embedding_batch(TEXTS)
    for _ in range(3):
        assert asyncio.run(model.aget_text_embedding_batch(TEXTS)) == expected


@pytest.mark.parametrize("embed", BATCHES)
def test_each_call_emits_events_once(embed: Embed, events: Any, callbacks: Any) -> None:
    with Emulator() as hub:
        manager = CallbackManager([callbacks])
        model = IONOSEmbedding(
            api_key="geheim-4711",
            base_url=hub.base_url,
            embed_batch_size=4,
            callback_manager=manager,
        )
        vectors = embed(model, TEXTS)

    assert events.names("Embedding") == ["EmbeddingStartEvent", "EmbeddingEndEvent"]
    end = events.all()[-1]
    assert (end.chunks, end.embeddings) == (TEXTS, vectors)
    assert [kind for kind, _ in callbacks.starts] == [CBEventType.EMBEDDING]
    (callback,) = (payload for _, payload in callbacks.ends)
    assert callback == {
        EventPayload.CHUNKS: TEXTS,
        EventPayload.EMBEDDINGS: vectors,
        EventPayload.ADDITIONAL_KWARGS: end.tags,
    }
    assert "4711" not in str(events.all()) + str(callbacks.starts) + str(callbacks.ends)


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_end_event_has_the_reported_token_usage(
    model: IONOSEmbedding, embed: Embed, events: Any
) -> None:
    embed(model, ["one two three"])
    expected = model.clients.sync.embed(["one two three"]).usage
    usage = events.all()[-1].tags["token_usage"]
    assert expected
    assert usage["prompt_tokens"] == usage["total_tokens"] == expected.prompt_tokens > 0


@pytest.mark.parametrize("embed", BATCHES)
def test_token_usage_of_batches_is_added(model: IONOSEmbedding, embed: Embed, events: Any) -> None:
    expected = model.clients.sync.embed(TEXTS).usage
    embed(model, TEXTS)
    assert expected
    assert events.all()[-1].tags["token_usage"]["prompt_tokens"] == expected.prompt_tokens


@pytest.mark.parametrize("embed", SINGLES)
def test_end_event_has_no_token_usage_if_none_is_reported(
    model: IONOSEmbedding, embed: Embed, events: Any, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(embeddings_reply({0: [0.0]}))
    embed(model, ["Hallo"])
    assert events.all()[-1].tags == {}


@pytest.mark.parametrize("embed", SINGLES)
def test_each_single_text_emits_events_once(
    model: IONOSEmbedding, embed: Embed, events: Any
) -> None:
    embed(model, ["Hallo"])
    assert events.names("Embedding") == ["EmbeddingStartEvent", "EmbeddingEndEvent"]


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_cached_texts_are_not_requested_again(embed: Embed, ionos_emulator_env: Emulator) -> None:
    model = IONOSEmbedding(embeddings_cache=SimpleKVStore())

    first = embed(model, ["a", "b"])
    requests = len(ionos_emulator_env.requests)
    second = embed(model, ["b", "a"])

    assert second == [first[1], first[0]]
    assert len(ionos_emulator_env.requests) == requests
    assert "embeddings_cache" not in model.to_json()


@pytest.mark.parametrize(
    ("embed", "requests"), [*((each, 3) for each in BATCHES), *((each, 10) for each in SINGLES)]
)
def test_rate_limiter_is_acquired_for_each_request(
    embed: Embed, requests: int, limiter: Any, ionos_emulator_env: Emulator
) -> None:
    embed(IONOSEmbedding(embed_batch_size=4, rate_limiter=limiter), TEXTS)

    assert limiter.acquired == len(ionos_emulator_env.requests) == requests


Gather = Callable[[IONOSEmbedding, int], Awaitable[Any]]


async def in_batches(model: IONOSEmbedding, requests: int) -> None:
    await model.aget_text_embedding_batch(["text"] * requests * model.embed_batch_size)


async def with_progress(model: IONOSEmbedding, requests: int) -> None:
    texts = ["text"] * requests * model.embed_batch_size
    await model.aget_text_embedding_batch(texts, show_progress=True)


async def one_by_one(model: IONOSEmbedding, requests: int) -> None:
    await asyncio.gather(*(model.aget_text_embedding("text") for _ in range(requests)))


async def as_queries(model: IONOSEmbedding, requests: int) -> None:
    await asyncio.gather(*(model.aget_query_embedding("text") for _ in range(requests)))


class CountingServer:
    """Counts concurrent requests; responds as soon as `limit` requests are in flight."""

    def __init__(self, limit: int) -> None:
        self.in_flight = self.peak = 0
        self._barrier = asyncio.Barrier(limit)

    async def respond(self, request: httpx.Request) -> httpx.Response:
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        await self._barrier.wait()
        self.in_flight -= 1
        texts = 2 if b'"text","text"' in request.content else 1
        return httpx.Response(
            200, json=embeddings_reply({index: [0.0] for index in range(texts)}).json
        )


@pytest.mark.parametrize("gather", [in_batches, with_progress, one_by_one, as_queries])
@pytest.mark.parametrize(("num_workers", "limit"), [(None, 4), (1, 1), (3, 3)])
async def test_concurrent_requests_are_limited(
    gather: Gather, num_workers: int | None, limit: int
) -> None:
    server = CountingServer(limit)
    transport = httpx.MockTransport(server.respond)
    async with httpx.AsyncClient(transport=transport) as client:
        model = IONOSEmbedding(
            api_key="any",
            embed_batch_size=2,
            num_workers=num_workers,
            requests_per_second=None,
            async_http_client=client,
        )
        await gather(model, 12)

    assert server.peak == limit


@pytest.mark.parametrize(("num_workers", "limit"), [(None, 4), (1, 1), (3, 3)])
def test_concurrent_requests_of_a_synchronous_batch_are_limited(
    num_workers: int | None, limit: int
) -> None:
    barrier = threading.Barrier(limit)
    in_flight: list[int] = []
    peaks: list[int] = []

    def respond(request: httpx.Request) -> httpx.Response:
        in_flight.append(1)
        peaks.append(len(in_flight))
        barrier.wait()
        in_flight.pop()
        return httpx.Response(200, json=embeddings_reply({0: [0.0], 1: [1.0]}).json)

    with httpx.Client(transport=httpx.MockTransport(respond)) as client:
        model = IONOSEmbedding(
            api_key="any",
            embed_batch_size=2,
            num_workers=num_workers,
            requests_per_second=None,
            http_client=client,
        )
        assert model.get_text_embedding_batch(["text"] * 24) == [[0.0], [1.0]] * 12

    assert max(peaks) == limit


@pytest.mark.parametrize("embed", BATCHES)
def test_failing_batch_fails_the_call_and_the_model_remains_usable(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(embeddings_reply({0: [0.0]}))
    with pytest.raises(ResponseError, match=r"must contain [24] vectors"):
        embed(model, TEXTS)
    ionos_emulator.reset()
    assert len(embed(model, TEXTS)) == len(TEXTS)


async def test_query_does_not_wait_for_texts() -> None:
    released = asyncio.Event()

    async def respond(request: httpx.Request) -> httpx.Response:
        if b"query" not in request.content:
            await released.wait()
        return httpx.Response(200, json=embeddings_reply({0: [0.0]}).json)

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as client:
        model = IONOSEmbedding(
            api_key="any", embed_batch_size=1, requests_per_second=None, async_http_client=client
        )
        ingestion = asyncio.create_task(model.aget_text_embedding_batch(["text"] * 20))
        assert await model.aget_query_embedding("query") == [0.0]
        assert not ingestion.done()
        released.set()
        assert len(await ingestion) == 20
