"""Operations, attributes and messages by the semantic conventions."""

import json
from typing import Any

import pytest

from ionos_model_hub import ChatCompletion, Choice, Completion, Embeddings, Message, ToolCall
from ionos_model_hub.telemetry.interfaces import StartedCall
from ionos_model_hub.telemetry.otel.attributes import request_attributes, span_name
from ionos_model_hub.telemetry.otel.content import input_messages, output_messages
from ionos_model_hub.wire.response_types import TextChoice

URL = "https://openai.inference.de-txl.ionos.com/v1"


def started(endpoint: str, **body: object) -> StartedCall:
    return StartedCall(endpoint, URL, {"model": "m", **body})


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("/chat/completions", "chat m"),
        ("/completions", "text_completion m"),
        ("/embeddings", "embeddings m"),
        ("/rerank", "rerank m"),
        ("/images/generations", "generate_content m"),
        ("/audio/speech", "audio_speech m"),
    ],
)
def test_span_names(endpoint: str, name: str) -> None:
    assert span_name(started(endpoint)) == name


def test_span_name_without_model() -> None:
    assert span_name(StartedCall("/models", URL, {})) == "list_models"


@pytest.mark.parametrize(
    ("url", "port"), [(URL, 443), ("http://a/v1", 80), ("http://a:8400/v1", 8400)]
)
def test_port(url: str, port: int) -> None:
    assert request_attributes(StartedCall("/models", url, {}))["server.port"] == port


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (started("/embeddings", dimensions=64), {"gen_ai.embeddings.dimension.count": 64}),
        (
            started("/embeddings", encoding_format="float"),
            {"gen_ai.request.encoding_formats": ("float",)},
        ),
        (
            started("/chat/completions", stop=["a", "b"]),
            {"gen_ai.request.stop_sequences": ("a", "b")},
        ),
        (
            started("/chat/completions", response_format={"type": "json_schema"}),
            {"gen_ai.output.type": "json"},
        ),
        (
            started("/chat/completions", response_format={"type": "text"}),
            {"gen_ai.output.type": "text"},
        ),
        (started("/images/generations", prompt="A lake"), {"gen_ai.output.type": "image"}),
        (started("/chat/completions", n=1, temperature="hot"), {}),
    ],
)
def test_request_attributes(call: StartedCall, expected: dict[str, object]) -> None:
    common = {"gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"}
    server = {"server.address", "server.port"}
    attributes = request_attributes(call)
    assert {k: v for k, v in attributes.items() if k not in common | server} == expected


def test_input_messages() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    linked = {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is it?"}, image, linked]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "3"},
    ]
    text = input_messages({"messages": messages})
    assert text
    assert "AAAA" not in text
    assert json.loads(text) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "What is it?"},
                {"type": "image", "mime_type": "image/png"},
                {"type": "uri", "modality": "image", "uri": "https://a.example/b.png"},
            ],
        },
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "1", "name": "add", "arguments": "{}"}],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "1", "response": "3"}],
        },
    ]


def test_requests_without_prompt_have_no_input_messages() -> None:
    assert input_messages({"input": ["a"]}) is None


def test_output_messages() -> None:
    message = Message("Hallo", reasoning="Hm", tool_calls=[ToolCall("1", "add", "{}")])
    text = output_messages(ChatCompletion(choices=[Choice(0, message, "tool_calls")]))
    assert text
    assert json.loads(text) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "Hm"},
                {"type": "text", "content": "Hallo"},
                {"type": "tool_call", "id": "1", "name": "add", "arguments": "{}"},
            ],
            "finish_reason": "tool_calls",
        }
    ]


def test_output_of_completions() -> None:
    text = output_messages(Completion(choices=[TextChoice(0, "upon a time")]))
    assert text
    assert json.loads(text)[0]["parts"] == [{"type": "text", "content": "upon a time"}]


def test_responses_without_choices_have_no_output_messages() -> None:
    assert output_messages(Embeddings([[0.0]])) is None
    assert output_messages(ChatCompletion()) is None


def test_lone_surrogates_are_replaced() -> None:
    text = output_messages(ChatCompletion(choices=[Choice(0, Message("\ud83d"))]))
    assert text
    assert text.encode()
