import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.rate_limiter import BaseRateLimiter
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


class CountingLimiter(BaseRateLimiter):
    """Counts the turns taken."""

    def __init__(self) -> None:
        self.turns = 0

    def acquire(self, num_tokens: int = 0) -> None:
        self.turns += 1

    async def async_acquire(self, num_tokens: int = 0) -> None:
        self.turns += 1


def embedded(vectors: dict[int, list[float]]) -> Reply:
    data = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in vectors.items()
    ]
    return Reply(json={"object": "list", "model": "any", "data": data})


def sent(hub: Emulator) -> list[Any]:
    return [request.json for request in hub.requests]


@pytest.mark.parametrize("embed", BATCHES)
def test_a_batch_keeps_the_order(model: IONOSEmbedding, embed: Embed) -> None:
    assert embed(model, TEXTS) == [model.get_text_embedding(text) for text in TEXTS]


@pytest.mark.parametrize("embed", BATCHES)
def test_a_batch_sends_embed_batch_size_texts_at_once(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    embed(model, TEXTS)

    inputs = sorted((body["input"] for body in sent(ionos_emulator)), key=lambda it: it[0])
    assert inputs == [TEXTS[:4], TEXTS[4:8], TEXTS[8:]]


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_no_texts_send_nothing(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    assert embed(model, []) == []
    assert sent(ionos_emulator) == []


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_texts_go_out_as_they_are(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    texts = ["Zeile\nZeile\r\n\tÄöü", "漢字 🦆", "  blanks  "]

    embed(model, texts)

    assert [text for body in sent(ionos_emulator) for text in body["input"]] == texts


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_an_empty_text_is_sent_as_a_blank(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    assert [len(vector) for vector in embed(model, [""])] == [1024]
    assert [body["input"] for body in sent(ionos_emulator)] == [[" "]]


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_only_what_was_set_is_sent(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    embed(model, ["Hallo"])
    assert sent(ionos_emulator) == [
        {"model": DEFAULT_EMBEDDING_MODEL, "input": ["Hallo"], "encoding_format": "float"}
    ]


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_dimensions_and_further_fields_are_passed_on(
    embed: Embed, ionos_emulator_env: Emulator
) -> None:
    ionos_emulator_env.script(embedded({0: [1.0]}))

    embed(IONOSEmbedding(dimensions=64, additional_kwargs={"truncate": True}), ["Hallo"])

    (body,) = sent(ionos_emulator_env)
    assert (body["dimensions"], body["truncate"]) == (64, True)


@pytest.mark.parametrize("embed", BATCHES)
def test_shuffled_answers_are_put_in_order(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(embedded({2: [2.0], 0: [0.0], 1: [1.0]}))
    assert embed(model, ["a", "b", "c"]) == [[0.0], [1.0], [2.0]]


@pytest.mark.parametrize("embed", BATCHES)
@pytest.mark.parametrize("vectors", [{0: [0.0]}, {0: [0.0], 1: [1.0], 2: [2.0]}, {0: [0.0], 7: []}])
def test_a_wrong_number_of_vectors_is_an_error(
    model: IONOSEmbedding,
    embed: Embed,
    vectors: dict[int, list[float]],
    ionos_emulator: Emulator,
) -> None:
    ionos_emulator.script(embedded(vectors))
    with pytest.raises(ResponseError, match="2 texts were sent"):
        embed(model, ["a", "b"])


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_a_wrong_key_is_a_typed_error_without_the_key(embed: Embed) -> None:
    with Emulator(api_key="right") as hub:
        model = IONOSEmbedding(api_key="wrong-4711", base_url=hub.base_url)
        with pytest.raises(AuthenticationError) as caught:
            embed(model, ["Hallo"])
    assert caught.value.status_code == 401
    assert "4711" not in str(caught.value)


def test_event_loops_come_and_go(model: IONOSEmbedding) -> None:
    expected = model.get_text_embedding_batch(TEXTS)
    for _ in range(3):
        assert asyncio.run(model.aget_text_embedding_batch(TEXTS)) == expected


@pytest.mark.parametrize("embed", BATCHES)
def test_each_batch_is_told_once(embed: Embed, events: Any, callbacks: Any) -> None:
    with Emulator() as hub:
        manager = CallbackManager([callbacks])
        model = IONOSEmbedding(
            api_key="geheim-4711",
            base_url=hub.base_url,
            embed_batch_size=4,
            callback_manager=manager,
        )
        vectors = embed(model, TEXTS)

    assert (
        sorted(events.names("Embedding")) == ["EmbeddingEndEvent"] * 3 + ["EmbeddingStartEvent"] * 3
    )
    ends = [event for event in events.all() if event.class_name() == "EmbeddingEndEvent"]
    assert [vector for event in ends for vector in event.embeddings] == vectors
    assert [text for event in ends for text in event.chunks] == TEXTS
    assert [kind for kind, _ in callbacks.starts] == [CBEventType.EMBEDDING] * 3
    assert [text for _, end in callbacks.ends for text in end[EventPayload.CHUNKS]] == TEXTS
    assert "4711" not in str(events.all()) + str(callbacks.starts) + str(callbacks.ends)


@pytest.mark.parametrize("embed", SINGLES)
def test_each_single_text_is_told_once(model: IONOSEmbedding, embed: Embed, events: Any) -> None:
    embed(model, ["Hallo"])
    assert events.names("Embedding") == ["EmbeddingStartEvent", "EmbeddingEndEvent"]


@pytest.mark.parametrize("embed", [*BATCHES, *SINGLES])
def test_cached_texts_are_not_sent_again(embed: Embed, ionos_emulator_env: Emulator) -> None:
    model = IONOSEmbedding(embeddings_cache=SimpleKVStore())

    first = embed(model, ["a", "b"])
    requests = len(ionos_emulator_env.requests)
    second = embed(model, ["b", "a"])

    assert second == [first[1], first[0]]
    assert len(ionos_emulator_env.requests) == requests
    assert "embeddings_cache" not in model.to_json()


@pytest.mark.parametrize(
    ("embed", "turns"), [*((it, 3) for it in BATCHES), *((it, 10) for it in SINGLES)]
)
def test_the_rate_limiter_is_asked_for_each_request(
    embed: Embed, turns: int, ionos_emulator_env: Emulator
) -> None:
    limiter = CountingLimiter()

    embed(IONOSEmbedding(embed_batch_size=4, rate_limiter=limiter), TEXTS)

    assert limiter.turns == len(ionos_emulator_env.requests) == turns


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
    """Counts the requests that are under way at once; answers when `width` have met."""

    def __init__(self, width: int) -> None:
        self.under_way = self.peak = 0
        self._met = asyncio.Barrier(width)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        await self._met.wait()
        self.under_way -= 1
        texts = 2 if b'"text","text"' in request.content else 1
        return httpx.Response(200, json=embedded({place: [0.0] for place in range(texts)}).json)


@pytest.mark.parametrize("gather", [in_batches, with_progress, one_by_one, as_queries])
@pytest.mark.parametrize(("num_workers", "width"), [(None, 4), (1, 1), (3, 3)])
async def test_requests_under_way_are_bounded(
    gather: Gather, num_workers: int | None, width: int
) -> None:
    server = CountingServer(width)
    transport = httpx.MockTransport(server.answer)
    async with httpx.AsyncClient(transport=transport) as client:
        model = IONOSEmbedding(
            api_key="any",
            embed_batch_size=2,
            num_workers=num_workers,
            requests_per_second=None,
            async_http_client=client,
        )
        await gather(model, 12)

    assert server.peak == width


@pytest.mark.parametrize(("num_workers", "width"), [(None, 4), (1, 1), (3, 3)])
def test_requests_of_a_synchronous_batch_are_bounded(num_workers: int | None, width: int) -> None:
    met = threading.Barrier(width)
    under_way: list[int] = []
    peaks: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        under_way.append(1)
        peaks.append(len(under_way))
        met.wait()
        under_way.pop()
        return httpx.Response(200, json=embedded({0: [0.0], 1: [1.0]}).json)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        model = IONOSEmbedding(
            api_key="any",
            embed_batch_size=2,
            num_workers=num_workers,
            requests_per_second=None,
            http_client=client,
        )
        assert model.get_text_embedding_batch(["text"] * 24) == [[0.0], [1.0]] * 12

    assert max(peaks) == width


@pytest.mark.parametrize("embed", BATCHES)
def test_a_failing_batch_fails_all_and_leaves_the_model_usable(
    model: IONOSEmbedding, embed: Embed, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(embedded({0: [0.0]}))
    with pytest.raises(ResponseError, match="texts were sent"):
        embed(model, TEXTS)
    ionos_emulator.reset()
    assert len(embed(model, TEXTS)) == len(TEXTS)


async def test_a_query_does_not_queue_behind_texts() -> None:
    held = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if b"query" not in request.content:
            await held.wait()
        return httpx.Response(200, json=embedded({0: [0.0]}).json)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        model = IONOSEmbedding(
            api_key="any", embed_batch_size=1, requests_per_second=None, async_http_client=client
        )
        ingestion = asyncio.create_task(model.aget_text_embedding_batch(["text"] * 20))
        assert await model.aget_query_embedding("query") == [0.0]
        assert not ingestion.done()
        held.set()
        assert len(await ingestion) == 20
