"""Requests of the client and responses of the emulator, checked against the published schemas."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS30Validator

from ionos_model_hub import Client
from ionos_model_hub.emulator import Emulator

CONTRACT = json.loads(files("ionos_model_hub.emulator").joinpath("contract.json").read_text())
SCHEMAS = CONTRACT["components"]["schemas"]
VISION = "mistralai/Mistral-Small-24B-Instruct"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Return the weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
WEATHER_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


def use_all_endpoints(client: Client) -> None:
    """Call every endpoint, and chat with every field of the contract."""
    question = [{"role": "user", "content": "What is the weather in Berlin?"}]
    completion = client.chat(question, tools=[TOOL], tool_choice="required", temperature=0, n=1)
    call = completion.message.tool_calls[0]
    history = [
        {"role": "system", "content": "Be brief."},
        *question,
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
            ],
        },
        {"role": "tool", "content": "Sunny.", "tool_call_id": call.id},
    ]
    named = {"type": "function", "function": {"name": "get_weather"}}
    client.chat(history, tools=[TOOL], tool_choice="none", max_tokens=50, stop=["END"])
    client.chat(question, tools=[TOOL], tool_choice=named, user="u-1", logit_bias={"1": 2})
    image = {"url": PIXEL, "detail": "low"}
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": image}]
    client.chat([{"role": "user", "content": parts}], model=VISION)
    schema = {"name": "answer", "schema": WEATHER_SCHEMA, "strict": True}
    client.chat(question, response_format={"type": "json_schema", "json_schema": schema})
    client.chat(question, response_format={"type": "json_object"})
    client.chat(question, response_format={"type": "text"})
    client.complete("Once upon a time", model=VISION, max_tokens=5)
    client.embed(["one", "two"])
    client.generate_images("a lighthouse", size="512*512", n=1)


def without_nulls(value: Any) -> Any:
    """Remove nulls, which the engine sends for absent fields and the contract does not mention."""
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


@pytest.fixture(scope="module")
def traffic() -> dict[str, list[Any]]:
    """Return instances by the name of their schema."""
    instances: dict[str, list[Any]] = {name: [] for name in SCHEMAS}
    with Emulator(api_key="right") as emulator:
        with Client(api_key="right", base_url=emulator.base_url) as client:
            use_all_endpoints(client)
        head = {"authorization": "Bearer right"}
        for request in list(emulator.requests):
            url = emulator.base_url.removesuffix("/v1") + request.path
            response = without_nulls(httpx.post(url, json=request.json, headers=head).json())
            for name, instance in (*_in_request(request), *_in_response(request.path, response)):
                instances[name].append(instance)
        rejected = httpx.post(f"{emulator.base_url}/chat/completions", json={}, headers=head)
        instances["ErrorResponse"].append(rejected.json())
    return instances


def _in_request(request: Any) -> Iterator[tuple[str, Any]]:
    body = request.json
    if request.path.endswith("/chat/completions"):
        yield "ChatCompletionRequest", body
        for message in body["messages"]:
            yield from _in_message(message)
        yield from _in_options(body)
    elif request.path.endswith("/completions"):
        yield "CompletionRequest", body
    elif request.path.endswith("/embeddings"):
        yield "EmbeddingRequest", body
    else:
        yield "ImageGenerationRequest", body


def _in_message(message: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "ChatCompletionMessage", message
    for call in message.get("tool_calls", ()):
        yield "chatCompletionMessageToolCall", call
        yield "toolCallType", call["type"]
    if isinstance(message["content"], list):
        for part in message["content"]:
            yield "ChatCompletionContentPart", part
            if part["type"] == "text":
                yield "ChatCompletionContentPartText", part
            else:
                yield "ChatCompletionContentPartImage", part
                yield "ChatCompletionContentPartImageImageUrl", part["image_url"]


def _in_options(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for tool in body.get("tools", ()):
        yield "chatCompletionTool", tool
        yield "FunctionObject", tool["function"]
        yield "FunctionParameters", tool["function"]["parameters"]
    if choice := body.get("tool_choice"):
        yield "chatCompletionToolChoiceOption", choice
        if isinstance(choice, dict):
            yield "chatCompletionNamedToolChoice", choice
    kinds = {"json_schema": "JSONSchema", "json_object": "JSONObject", "text": "Text"}
    if response_format := body.get("response_format"):
        yield f"ResponseFormat{kinds[response_format['type']]}", response_format


def _in_response(path: str, response: Any) -> Iterator[tuple[str, Any]]:
    if path.endswith("/chat/completions"):
        yield "SuccessfulChatCompletionResponse", response
    elif path.endswith("/completions"):
        yield "SuccessfulCompletionResponse", response
    elif path.endswith("/embeddings"):
        yield "EmbeddingResponse", response
        yield "EmbeddingUsage", response["usage"]
        yield from (("Embedding", entry) for entry in response["data"])
    else:
        yield "ImageGenerationResponse", response


def violations(name: str, instance: object) -> list[str]:
    """Return the messages of all violations of a schema."""
    wrapped = {**CONTRACT, "allOf": [{"$ref": f"#/components/schemas/{name}"}]}
    return [error.message for error in OAS30Validator(wrapped).iter_errors(instance)]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_traffic_matches_the_contract(name: str, traffic: dict[str, list[Any]]) -> None:
    assert traffic[name], f"no instance of {name} in the traffic"
    for instance in traffic[name]:
        assert violations(name, instance) == []


def test_contract_has_26_schemas_and_violations_are_found() -> None:
    assert len(SCHEMAS) == 26
    assert violations("ChatCompletionRequest", {"model": "m"})
    assert violations("toolCallType", "procedure")
