"""IONOSEmbeddings: order, number of vectors, batches, options and the progress bar."""

import asyncio
import json
import random
import sys
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.exceptions import ModelAPIError, ModelError
from langchain_server import Connect, Respond

from ionos_model_hub.errors import InvalidRequestError, ResponseError
from langchain_ionos.embeddings import IONOSEmbeddings


def shuffled(seed: int, sent: list[list[str]]) -> Respond:
    """Return a server whose vectors identify their text, in random order."""

    def respond(body: dict[str, Any]) -> httpx.Response:
        texts = body["input"]
        sent.append(texts)
        data = [
            {"index": index, "embedding": [float(code) for code in text.encode()]}
            for index, text in enumerate(texts)
        ]
        random.Random(seed).shuffle(data)
        return httpx.Response(200, json={"data": data, "model": body["model"]})

    return respond


def vector_of(text: str) -> list[float]:
    return [float(code) for code in (text or " ").encode()]


@given(
    texts=st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=30),
    batch_size=st.integers(1, 7),
    concurrency=st.integers(1, 5),
    seed=st.integers(0, 1000),
)
def test_each_text_gets_its_own_vector(
    connect: Connect, texts: list[str], batch_size: int, concurrency: int, seed: int
) -> None:
    sent: list[list[str]] = []
    embeddings = IONOSEmbeddings(
        **connect(shuffled(seed, sent)), batch_size=batch_size, concurrency=concurrency
    )
    expected = [vector_of(text) for text in texts]
    assert embeddings.embed_documents(texts) == expected
    assert all(len(batch) <= batch_size for batch in sent)
    assert sum(map(len, sent)) == len(texts)
    assert asyncio.run(embeddings.aembed_documents(texts)) == expected


async def test_an_empty_list_sends_no_request(connect: Connect) -> None:
    sent: list[list[str]] = []
    embeddings = IONOSEmbeddings(**connect(shuffled(0, sent)))
    assert embeddings.embed_documents([]) == await embeddings.aembed_documents([]) == []
    assert sent == []


async def test_queries_are_embedded_and_an_empty_one_as_a_space(connect: Connect) -> None:
    embeddings = IONOSEmbeddings(**connect(shuffled(0, [])))
    assert embeddings.embed_query("ß") == await embeddings.aembed_query("ß") == vector_of("ß")
    assert embeddings.embed_query("") == vector_of(" ")


def test_request_contains_strings_and_only_options_that_are_set(connect: Connect) -> None:
    bodies: list[dict[str, Any]] = []

    def respond(body: dict[str, Any]) -> httpx.Response:
        bodies.append(body)
        vector = [1.0] * body.get("dimensions", 1)
        return httpx.Response(200, json={"data": [{"index": 0, "embedding": vector}]})

    IONOSEmbeddings(**connect(respond), model="a/b").embed_query("hi")
    IONOSEmbeddings(
        **connect(respond), model="a/b", dimensions=256, extra_body={"truncate": True}
    ).embed_query("hi")
    plain = {"model": "a/b", "input": ["hi"], "encoding_format": "float"}
    assert bodies == [plain, {**plain, "dimensions": 256, "truncate": True}]


async def test_chunk_size_limits_the_batches_of_one_call(connect: Connect) -> None:
    sent: list[list[str]] = []
    embeddings = IONOSEmbeddings(**connect(shuffled(0, sent)), concurrency=1)
    texts = ["a", "b", "c"]
    expected = [vector_of(text) for text in texts]
    assert embeddings.embed_documents(texts, 2) == expected
    assert await embeddings.aembed_documents(texts, chunk_size=2) == expected
    assert embeddings.embed_documents(texts) == expected
    assert sent == [["a", "b"], ["c"]] * 2 + [texts]
    with pytest.raises(InvalidRequestError, match="chunk_size"):
        embeddings.embed_documents(texts, chunk_size=0)


@pytest.mark.parametrize("options", [{"dimensions": 4}, {}])
async def test_vectors_of_another_length_are_an_error(
    connect: Connect, options: dict[str, Any]
) -> None:
    embeddings = IONOSEmbeddings(
        **connect(shuffled(0, [])), **({} if options else {"dimensions": 4})
    )
    assert embeddings.embed_query("four", **options) == vector_of("four")
    with pytest.raises(ResponseError, match="4"):
        embeddings.embed_query("three", **options)
    with pytest.raises(ModelAPIError):
        await embeddings.aembed_documents(["four", "three"], **options)


async def test_options_per_call(connect: Connect) -> None:
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"data": [{"index": 0, "embedding": [1.0]}]})

    transport = httpx.MockTransport(respond)
    embeddings = IONOSEmbeddings(
        api_key="k",
        base_url="http://localhost:1/v1",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
        extra_body={"a": 1, "b": 1},
    )
    options: Any = {
        "extra_headers": {"x-tag": "t"},
        "extra_query": {"v": 2},
        "extra_body": {"b": 2},
        "timeout": 9,
    }
    embeddings.embed_query("a", **options)
    await embeddings.aembed_query("a", **options)
    embeddings.embed_documents(["a"], **options)
    await embeddings.aembed_documents(["a"], **options)
    assert len(requests) == 4
    for request in requests:
        body = json.loads(request.content)
        assert (body["a"], body["b"]) == (1, 2)
        assert request.headers["x-tag"] == "t"
        assert request.url.query == b"v=2"
        assert request.extensions["timeout"]["read"] == 9


async def test_missing_vector_is_an_error(connect: Connect) -> None:
    def respond_with_one_vector(body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json={"data": [{"index": 0, "embedding": [1.0]}]})

    embeddings = IONOSEmbeddings(**connect(respond_with_one_vector))
    with pytest.raises(ResponseError, match="must contain 2 vectors") as caught:
        embeddings.embed_documents(["a", "b"])
    assert isinstance(caught.value, ModelAPIError)
    with pytest.raises(ModelAPIError):
        await embeddings.aembed_documents(["a", "b"])


@pytest.mark.parametrize("texts", ["one string", [1, 2], [[1, 2]], [None]], ids=str)
def test_only_lists_of_strings_are_accepted(texts: Any) -> None:
    embeddings = IONOSEmbeddings(api_key="k")
    with pytest.raises(InvalidRequestError) as caught:
        embeddings.embed_documents(texts)
    assert isinstance(caught.value, ModelError)


@pytest.mark.parametrize("field", ["batch_size", "concurrency", "dimensions"])
def test_numbers_below_one_are_rejected(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        IONOSEmbeddings(api_key="k", **{field: 0})


async def test_progress_bar_counts_texts(
    connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    embeddings = IONOSEmbeddings(**connect(shuffled(0, [])), batch_size=2, show_progress_bar=True)
    assert len(embeddings.embed_documents(["a", "b", "c"])) == 3
    assert "3/3" in capsys.readouterr().err
    assert len(await embeddings.aembed_documents(["a", "b", "c"])) == 3
    assert "3/3" in capsys.readouterr().err
    embeddings.embed_documents([])
    embeddings.show_progress_bar = False
    embeddings.embed_documents(["a"])
    assert capsys.readouterr().err == ""


def test_progress_bar_without_tqdm_is_an_error(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    sent: list[list[str]] = []
    embeddings = IONOSEmbeddings(**connect(shuffled(0, sent)), show_progress_bar=True)
    with pytest.raises(ImportError, match="pip install tqdm"):
        embeddings.embed_documents(["a"])
    assert not sent
