import json
from zlib import crc32

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from llama_index_ionos import IONOSEmbedding

texts_of_any_kind = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=12)


def number_of(text: str) -> float:
    return float(crc32((text or " ").encode()))


class Server:
    """Answers each text with a number of its own, the last text first."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.sizes: list[int] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        texts = json.loads(request.content)["input"]
        self.texts += texts
        self.sizes.append(len(texts))
        data = [
            {"index": place, "embedding": [number_of(text)]} for place, text in enumerate(texts)
        ]
        return httpx.Response(200, json={"data": data[::-1]})

    async def aanswer(self, request: httpx.Request) -> httpx.Response:
        return self.answer(request)

    def model(self, batch_size: int) -> IONOSEmbedding:
        return IONOSEmbedding(
            api_key="any",
            requests_per_second=None,
            embed_batch_size=batch_size,
            http_client=httpx.Client(transport=httpx.MockTransport(self.answer)),
            async_http_client=httpx.AsyncClient(transport=httpx.MockTransport(self.aanswer)),
        )


@given(texts=texts_of_any_kind, batch_size=st.integers(1, 5))
def test_every_text_gets_its_own_vector(texts: list[str], batch_size: int) -> None:
    server = Server()

    vectors = server.model(batch_size).get_text_embedding_batch(texts)

    assert vectors == [[number_of(text)] for text in texts]
    assert sorted(server.texts) == sorted(text or " " for text in texts)
    assert max(server.sizes, default=0) <= batch_size


@given(texts=texts_of_any_kind)
async def test_every_text_gets_its_own_vector_asynchronously(texts: list[str]) -> None:
    vectors = await Server().model(2).aget_text_embedding_batch(texts)
    assert vectors == [[number_of(text)] for text in texts]


def test_it_works_as_a_query_embedder_of_several_queries() -> None:
    server = Server()
    mean = server.model(2).get_agg_embedding_from_queries(["a", "b"])
    assert mean == [(number_of("a") + number_of("b")) / 2]


@pytest.mark.parametrize(
    "wrong", [{"embed_batch_size": 0}, {"num_workers": 0}, {"dimensions": 0}, {"dimensions": "no"}]
)
def test_wrong_values_name_the_field(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        IONOSEmbedding(api_key="any", **wrong)
