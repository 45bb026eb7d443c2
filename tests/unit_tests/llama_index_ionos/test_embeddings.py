import json
from zlib import crc32

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import ConfigurationError
from llama_index_ionos import IONOSEmbedding

any_texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=12)


def number_of(text: str) -> float:
    return float(crc32((text or " ").encode()))


class Server:
    """Returns a distinct vector for each text, in reverse order."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.sizes: list[int] = []

    def respond(self, request: httpx.Request) -> httpx.Response:
        texts = json.loads(request.content)["input"]
        self.texts += texts
        self.sizes.append(len(texts))
        data = [
            {"index": index, "embedding": [number_of(text)]} for index, text in enumerate(texts)
        ]
        return httpx.Response(200, json={"data": data[::-1]})

    async def arespond(self, request: httpx.Request) -> httpx.Response:
        return self.respond(request)

    def model(self, batch_size: int) -> IONOSEmbedding:
        return IONOSEmbedding(
            api_key="any",
            requests_per_second=None,
            embed_batch_size=batch_size,
            http_client=httpx.Client(transport=httpx.MockTransport(self.respond)),
            async_http_client=httpx.AsyncClient(transport=httpx.MockTransport(self.arespond)),
        )


@given(texts=any_texts, batch_size=st.integers(1, 5))
def test_each_text_gets_its_vector(texts: list[str], batch_size: int) -> None:
    server = Server()

    vectors = server.model(batch_size).get_text_embedding_batch(texts)

    assert vectors == [[number_of(text)] for text in texts]
    assert sorted(server.texts) == sorted(text or " " for text in texts)
    assert max(server.sizes, default=0) <= batch_size


@given(texts=any_texts)
async def test_each_text_gets_its_vector_asynchronously(texts: list[str]) -> None:
    vectors = await Server().model(2).aget_text_embedding_batch(texts)
    assert vectors == [[number_of(text)] for text in texts]


def test_aggregated_query_embedding() -> None:
    server = Server()
    mean = server.model(2).get_agg_embedding_from_queries(["a", "b"])
    assert mean == [(number_of("a") + number_of("b")) / 2]


@pytest.mark.parametrize(
    "options",
    [{"embed_batch_size": 0}, {"num_workers": 0}, {"dimensions": 0}, {"dimensions": "no"}],
)
def test_invalid_value_error_names_the_field(options: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        IONOSEmbedding(api_key="any", **options)
    assert caught.value.param == next(iter(options))
