"""Status and body of error responses."""

from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from ionos_model_hub.emulator import Emulator

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
GPT_OSS = "openai/gpt-oss-120b"
MISTRAL = "mistralai/Mistral-Small-24B-Instruct"
BGE = "BAAI/bge-m3"
USER = {"role": "user", "content": "Hi"}
UNAUTHORISED = {
    "httpStatus": 401,
    "messages": [
        {
            "errorCode": "paas-auth-1",
            "message": "Unauthorized, wrong or no api key provided to process this request",
        }
    ],
}


def chat(**changes: Any) -> dict[str, Any]:
    body = {"model": LLAMA, "messages": [USER], **changes}
    return {key: value for key, value in body.items() if value is not ...}


def function(name: str = "f") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


RERANKER = "Qwen/Qwen3-VL-Reranker-8B"
FLUX = {"model": "black-forest-labs/FLUX.1-schnell", "prompt": "a"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}

INVALID: list[tuple[str, dict[str, Any], str | None]] = [
    ("chat/completions", chat(model=...), "model"),
    ("chat/completions", chat(messages=...), "messages"),
    ("chat/completions", chat(messages=[]), "messages"),
    ("chat/completions", chat(messages="Hi"), "messages"),
    ("chat/completions", chat(messages=[{"role": "user"}]), "messages[0].content"),
    ("chat/completions", chat(messages=[{"role": "user", "content": None}]), "messages[0].content"),
    (
        "chat/completions",
        chat(messages=[{"role": "developer", "content": "Hi"}]),
        "messages[0].role",
    ),
    ("chat/completions", chat(messages=[{"role": "user", "content": [IMAGE]}]), None),
    ("chat/completions", chat(n=0), None),
    ("chat/completions", chat(n=2, temperature=0), None),
    ("chat/completions", chat(presence_penalty=3), None),
    ("chat/completions", chat(stop=[""]), None),
    ("chat/completions", chat(tools=[]), "tools"),
    ("chat/completions", chat(reasoning_effort="extreme"), "reasoning_effort"),
    ("chat/completions", chat(logit_bias={"x": 1}), "logit_bias"),
    ("chat/completions", chat(n=None), "n"),
    ("chat/completions", chat(max_tokens=0), "max_tokens"),
    ("chat/completions", chat(max_completion_tokens=0), "max_completion_tokens"),
    ("chat/completions", chat(temperature="hot"), "temperature"),
    ("chat/completions", chat(temperature=3), "temperature"),
    ("chat/completions", chat(top_p=0), "top_p"),
    ("chat/completions", chat(stop="x"), "stop"),
    ("chat/completions", chat(stop=["a", "b", "c", "d", "e"]), "stop"),
    ("chat/completions", chat(stream_options={"include_usage": True}), "stream_options"),
    ("chat/completions", chat(top_logprobs=2), "top_logprobs"),
    ("chat/completions", chat(tool_choice="auto"), "tool_choice"),
    ("chat/completions", chat(tools=[function()], tool_choice=function("g")), "tool_choice"),
    ("chat/completions", chat(tools=[function("a b")]), "tools[0].function.name"),
    ("chat/completions", chat(tools=[function("x" * 65)]), "tools[0].function.name"),
    ("chat/completions", chat(tools=[function(f"f{i}") for i in range(129)]), "tools"),
    ("chat/completions", chat(response_format={"type": "json_object", "x": 1}), "response_format"),
    ("chat/completions", chat(model=BGE), "model"),
    ("chat/completions", chat(model=GPT_OSS, reasoning_effort="none"), "reasoning_effort"),
    ("chat/completions", chat(model="lightonai/LightOnOCR-2-1B", stream=True), "stream"),
    (
        "chat/completions",
        chat(messages=[{"role": "user", "content": "word " * 140_000}]),
        "input_tokens",
    ),
    ("completions", {"model": LLAMA, "prompt": ["a", "b"]}, "prompt"),
    ("completions", {"model": LLAMA}, "prompt"),
    ("completions", {"model": LLAMA, "prompt": "a", "max_tokens": 200_000}, "max_tokens"),
    ("completions", {"model": LLAMA, "prompt": "a", "logprobs": -2}, "logprobs"),
    ("completions", {"model": LLAMA, "prompt": ""}, "prompt"),
    ("completions", {"model": LLAMA, "prompt": "a", "suffix": "b"}, "suffix"),
    ("embeddings", {"model": BGE, "input": "a", "dimensions": 512}, None),
    ("embeddings", {"model": BGE}, "input"),
    ("embeddings", {"input": "a"}, "model"),
    ("embeddings", {"model": BGE, "input": ""}, "input"),
    ("embeddings", {"model": BGE, "input": ["a", ""]}, "input"),
    ("embeddings", {"model": BGE, "input": []}, "input"),
    ("embeddings", {"model": BGE, "input": [1, 2]}, "input"),
    ("embeddings", {"model": BGE, "input": [[1, 2]]}, "input"),
    ("embeddings", {"model": BGE, "input": "word " * 9_000}, "input"),
    ("embeddings", {"model": LLAMA, "input": "a"}, "model"),
    ("rerank", {"model": RERANKER, "query": "a", "documents": []}, "documents"),
    ("rerank", {"model": RERANKER, "documents": ["a"]}, "query"),
    ("images/generations", {**FLUX, "size": "512x512"}, "size"),
    ("images/generations", {**FLUX, "response_format": "url"}, "response_format"),
]


@pytest.mark.parametrize(("path", "body", "param"), INVALID)
def test_bad_requests_name_the_field(
    http: httpx.Client,
    check_schema: Callable[[str, Any], None],
    path: str,
    body: dict[str, Any],
    param: str | None,
) -> None:
    response = http.post(path, json=body)
    assert response.status_code == 400
    check_schema("ErrorResponse", response.json())
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert (error["param"] or "").startswith(param or "")
    assert param or error["param"] is None
    assert len(error["message"]) < 500


@pytest.mark.parametrize(
    "extra",
    [
        {"seed": 1},
        {"top_k": 5},
        {"parallel_tool_calls": True},
        {"logprobs": True},
        {"service_tier": "auto"},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"top_p": -1, "user": "me", "metadata": {}},
    ],
)
def test_fields_outside_the_contract_are_accepted(
    http: httpx.Client, extra: dict[str, Any]
) -> None:
    assert http.post("chat/completions", json=chat(**extra)).status_code == 200


def test_error_messages(http: httpx.Client) -> None:
    def message(path: str, body: dict[str, Any]) -> str:
        return str(http.post(path, json=body).json()["error"]["message"])

    assert message("chat/completions", chat(model=GPT_OSS, reasoning_effort="none")) == (
        "Harmony does not support reasoning_effort='none'"
    )
    assert message("embeddings", {"model": BGE, "input": [""]}) == "input cannot be empty"
    long = chat(messages=[{"role": "user", "content": "word " * 140_000}], max_tokens=10)
    assert message("chat/completions", long).startswith(
        "This model's maximum context length is 131072 tokens. However, your prompt contains at "
    )


def test_base64_embeddings_fail_in_the_gateway(http: httpx.Client, client: OpenAI) -> None:
    body = {"model": BGE, "input": "a", "encoding_format": "base64"}
    response = http.post("embeddings", json=body)
    assert response.status_code == 500
    assert response.json() == {
        "error": {
            "httpStatus": 500,
            "message": "Network error: json: cannot unmarshal string into Go struct field "
            "Embedding.data.embedding of type []float32",
        }
    }
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(model=BGE, input="a")  # the SDK requests base64 by default


def test_qwen_fails_with_json_schema_and_without_reasoning(http: httpx.Client) -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    wrapper = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    body = chat(model="Qwen/Qwen3.5-397B-A17B", response_format=wrapper)
    assert http.post("chat/completions", json=body).status_code == 200
    assert (
        http.post("chat/completions", json={**body, "reasoning_effort": "none"}).status_code == 500
    )


@pytest.mark.parametrize("key", ["", "1c441462-07cb-465b-8487-7905b6aa4fd0"])
def test_invalid_keys_are_rejected_in_the_native_shape(ionos_emulator: Emulator, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    response = httpx.get(f"{ionos_emulator.base_url}/models", headers=headers)
    assert (response.status_code, response.json()) == (401, UNAUTHORISED)
    assert len(response.headers["x-trace-id"]) == 32
    assert [request.authorised for request in ionos_emulator.requests] == [False]


def test_openai_client_raises_its_own_errors(client: OpenAI, ionos_emulator: Emulator) -> None:
    with pytest.raises(openai.NotFoundError, match="does not exist") as missing:
        client.chat.completions.create(model="gpt-4", messages=[{"role": "user", "content": "Hi"}])
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    uuid = "1c441462-07cb-465b-8487-7905b6aa4fd0"
    with (
        OpenAI(
            api_key=uuid, base_url=ionos_emulator.base_url, max_retries=0
        ) as unauthorised_client,
        pytest.raises(openai.AuthenticationError) as rejected,
    ):
        unauthorised_client.models.list()
    assert rejected.value.response.json() == UNAUTHORISED


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/models"),
        ("GET", "/v1/nothing"),
        ("POST", "/v1/models"),
        ("GET", "/v1/chat/completions"),
        ("POST", "/v1/responses"),
        ("DELETE", "/"),
    ],
)
def test_unknown_paths_are_not_found(ionos_emulator: Emulator, method: str, path: str) -> None:
    url = ionos_emulator.base_url.removesuffix("/v1") + path
    response = httpx.request(method, url, headers={"Authorization": "Bearer k"})
    assert response.status_code == 404
    assert "error" in response.json()


def test_rate_limit() -> None:
    with Emulator(requests_per_second=0.01, burst=2) as emulator:
        headers = {"Authorization": "Bearer k"}
        responses = [httpx.get(f"{emulator.base_url}/models", headers=headers) for _ in range(3)]
        assert [response.status_code for response in responses] == [200, 200, 429]
        assert 90 <= int(responses[2].headers["Retry-After"]) <= 100
        assert responses[2].json()["error"]["code"] == "rate_limit_exceeded"
        emulator.reset()
        assert httpx.get(f"{emulator.base_url}/models", headers=headers).status_code == 200
