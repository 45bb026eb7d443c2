"""Models, embeddings, rerank, completions and images with the OpenAI client and over HTTP."""

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from openai import BadRequestError, OpenAI

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
BGE = "BAAI/bge-m3"
RERANKER = "Qwen/Qwen3-VL-Reranker-8B"
FLUX = "black-forest-labs/FLUX.2-klein-4B"
CHAT: dict[str, Any] = {
    "model": LLAMA,
    "messages": [{"role": "user", "content": "weather in Rome"}],
}
TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}

Check = Callable[[str, Any], None]


def test_models(client: OpenAI, http: httpx.Client) -> None:
    ids = [model.id for model in client.models.list()]
    assert {LLAMA, BGE, RERANKER, FLUX, "bge-m3-migration"} <= {*ids}
    entries = http.get("models").json()["data"]
    assert all(set(entry) == {"created", "id", "object", "owned_by"} for entry in entries)


@pytest.mark.parametrize(
    ("model", "dimensions"),
    [
        (BGE, 1024),
        ("bge-m3-migration", 1024),
        ("sentence-transformers/paraphrase-multilingual-mpnet-base-v2", 768),
        ("Qwen/Qwen3-VL-Embedding-8B", 4096),
    ],
)
def test_embeddings(client: OpenAI, model: str, dimensions: int) -> None:
    response = client.embeddings.create(model=model, input=["one", "two"], encoding_format="float")
    assert [item.index for item in response.data] == [0, 1]
    assert all(len(item.embedding) == dimensions for item in response.data)
    assert response.usage.prompt_tokens == response.usage.total_tokens > 0
    alone = client.embeddings.create(model=model, input="two", encoding_format="float")
    assert alone.data[0].embedding == response.data[1].embedding


def test_rerank(http: httpx.Client) -> None:
    documents = ["Bananas are yellow.", {"text": "Berlin is the capital of Germany."}, "Cats purr."]
    body = {"model": RERANKER, "query": "capital of Germany", "documents": documents}
    response = http.post("rerank", json=body).json()
    scores = {result["index"]: result["relevance_score"] for result in response["results"]}
    assert set(scores) == {0, 1, 2}
    assert all(0 <= score <= 1 for score in scores.values())
    assert max(scores, key=lambda index: scores[index]) == 1
    (best,) = http.post("rerank", json={**body, "top_n": 1}).json()["results"]
    assert best == {"index": 1, "relevance_score": scores[1]}


def test_completions(client: OpenAI) -> None:
    response = client.completions.create(model=LLAMA, prompt="Once upon a time")
    assert response.choices[0].finish_reason == "length"
    assert response.usage is not None
    assert response.usage.completion_tokens == 16
    longer = client.completions.create(model=LLAMA, prompt="Once upon a time", max_tokens=500)
    assert longer.choices[0].finish_reason == "stop"
    assert longer.choices[0].text.startswith(response.choices[0].text)
    stopped = client.completions.create(
        model=LLAMA, prompt="Once", max_tokens=500, stop=["emulator"]
    )
    assert "emulator" not in stopped.choices[0].text
    several = client.completions.create(model=LLAMA, prompt="Once", n=2, logprobs=2, max_tokens=4)
    assert [choice.index for choice in several.choices] == [0, 1]
    logprobs = several.choices[0].logprobs
    assert logprobs is not None
    assert "".join(logprobs.tokens or []) == several.choices[0].text
    assert [len(top) for top in logprobs.top_logprobs or []] == [2] * 4


def test_streamed_completions(client: OpenAI) -> None:
    complete = client.completions.create(model=LLAMA, prompt="Once", n=2)
    chunks = list(
        client.completions.create(
            model=LLAMA, prompt="Once", n=2, stream=True, stream_options={"include_usage": True}
        )
    )
    texts = {0: "", 1: ""}
    for chunk in chunks[:-1]:
        texts[chunk.choices[0].index] += chunk.choices[0].text
    assert texts == {choice.index: choice.text for choice in complete.choices}
    assert chunks[-1].usage == complete.usage


def test_images(client: OpenAI) -> None:
    response = client.images.generate(model=FLUX, prompt="a fox", size="512x512", n=1)
    (image,) = (base64.b64decode(item.b64_json or "") for item in response.data or [])
    assert image.startswith(b"\x89PNG")
    with pytest.raises(BadRequestError, match="'n' must be 1"):
        client.images.generate(model=FLUX, prompt="a fox", n=2)


@pytest.mark.parametrize(
    ("path", "body", "schema"),
    [
        ("chat/completions", CHAT, "SuccessfulChatCompletionResponse"),
        ("chat/completions", {**CHAT, "tools": [TOOL]}, "SuccessfulChatCompletionResponse"),
        (
            "chat/completions",
            {**CHAT, "model": "openai/gpt-oss-120b", "n": 2, "logprobs": True},
            "SuccessfulChatCompletionResponse",
        ),
        ("completions", {"model": LLAMA, "prompt": "Once"}, "SuccessfulCompletionResponse"),
        ("embeddings", {"model": BGE, "input": ["a", "b"]}, "EmbeddingResponse"),
        ("images/generations", {"model": FLUX, "prompt": "a"}, "ImageGenerationResponse"),
    ],
)
def test_responses_match_the_contract(
    http: httpx.Client, check_schema: Check, path: str, body: dict[str, Any], schema: str
) -> None:
    response = http.post(path, json=body)
    assert response.status_code == 200
    check_schema(schema, response.json())
    assert len(response.headers["x-trace-id"]) == 32
    assert set(response.json()) - {"system_fingerprint"} >= {"created"}


def test_parts_of_embedding_responses_match_the_contract(
    http: httpx.Client, check_schema: Check
) -> None:
    body = http.post("embeddings", json={"model": BGE, "input": "a"}).json()
    check_schema("Embedding", body["data"][0])
    check_schema("EmbeddingUsage", body["usage"])
    assert set(body) == {"id", "object", "created", "model", "data", "usage"}
