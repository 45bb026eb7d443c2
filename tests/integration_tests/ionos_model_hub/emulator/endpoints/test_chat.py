"""Chat completions with the OpenAI client."""

import base64
import json
from typing import Any

import pytest
from openai import BadRequestError, OpenAI
from openai.types.chat import ChatCompletion

from ionos_model_hub.emulator import render_page

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
MISTRAL = "mistralai/Mistral-Small-24B-Instruct"
NEMO = "mistralai/Mistral-Nemo-Instruct-2407"
GPT_OSS = "openai/gpt-oss-120b"
QWEN = "Qwen/Qwen3.5-9B"
OCR = "lightonai/LightOnOCR-2-1B"


CONTEXT = """Use the context.
Context: Paris is big.
Rome is the capital of Italy.

Question: What is the capital of Italy?
Answer:"""


def user(text: Any) -> list[Any]:
    return [{"role": "user", "content": text}]


def complete(client: OpenAI, text: Any, model: str = LLAMA, **options: Any) -> ChatCompletion:
    response: ChatCompletion = client.chat.completions.create(
        model=model, messages=user(text), **options
    )
    return response


def content_of(client: OpenAI, text: Any, **options: Any) -> str:
    return complete(client, text, **options).choices[0].message.content or ""


def test_response_mentions_the_topic_and_is_deterministic(client: OpenAI) -> None:
    first = complete(client, "Tell me about lighthouses.")
    assert "lighthouses" in (first.choices[0].message.content or "")
    assert first.choices[0].finish_reason == "stop"
    assert first == complete(client, "Tell me about lighthouses.")
    assert first.id != complete(client, "Tell me about lighthouse keepers.").id


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("Hello", "Hello! How can I help you today?"),
        ("Say exactly: pong", "pong"),
        ("What is 17 * 3?", "17 * 3 = 51"),
        ("What is 7 / 2?", "7 / 2 = 3.5"),
        ("What is 7 / 0?", "A division by zero has no result."),
        (CONTEXT, "Rome is the capital of Italy."),
    ],
)
def test_default_responses(client: OpenAI, text: str, content: str) -> None:
    assert content_of(client, text) == content


def test_earlier_messages_are_used(client: OpenAI) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "My name is Ada.", "name": "ada"},
        {"role": "assistant", "content": "Nice to meet you!"},
        {"role": "user", "content": "What is my name?"},
    ]
    response = client.chat.completions.create(model=LLAMA, messages=messages)
    assert response.choices[0].message.content == "My name is Ada."


def test_usage_counts_every_choice(client: OpenAI) -> None:
    one, three = complete(client, "About cats."), complete(client, "About cats.", n=3)
    assert one.usage is not None
    assert three.usage is not None
    assert [choice.index for choice in three.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in three.choices}) > 1
    assert three.usage.prompt_tokens == one.usage.prompt_tokens > 0
    assert three.usage.completion_tokens > 2 * one.usage.completion_tokens
    assert three.usage.total_tokens == three.usage.prompt_tokens + three.usage.completion_tokens


def test_stop_sequences_and_token_limits(client: OpenAI) -> None:
    content = content_of(client, "About whales.")
    assert (
        content_of(client, "About whales.", stop=["whales", "zzz"])
        == content.partition("whales")[0]
    )
    for option in ("max_tokens", "max_completion_tokens"):
        limit: dict[str, Any] = {option: 3}
        truncated = complete(client, "About whales.", **limit)
        assert truncated.choices[0].finish_reason == "length"
        assert truncated.usage is not None
        assert truncated.usage.completion_tokens == 3
        assert content.startswith(truncated.choices[0].message.content or "-")


def test_logprobs(client: OpenAI) -> None:
    choice = complete(client, "About owls.", logprobs=True, top_logprobs=3).choices[0]
    assert choice.logprobs is not None
    content = choice.logprobs.content or []
    *tokens, end = [token.token for token in content]
    assert ("".join(tokens), end) == (choice.message.content, "<|im_end|>")
    assert all(token.logprob <= 0 and len(token.top_logprobs) == 3 for token in content)
    assert all(bytes(token.bytes or []).decode() == token.token for token in content)
    assert complete(client, "About owls.").choices[0].logprobs is None


def reasoning(response: ChatCompletion) -> str:
    return (response.choices[0].message.model_extra or {}).get("reasoning") or ""


def test_reasoning_length_depends_on_the_effort(client: OpenAI) -> None:
    lengths = [
        len(reasoning(complete(client, "Why?", model=GPT_OSS, reasoning_effort=effort)))
        for effort in ("low", "medium", "high")
    ]
    assert 0 < lengths[0] < lengths[1] < lengths[2]
    assert reasoning(complete(client, "Why?", model=QWEN))
    assert not reasoning(complete(client, "Why?", model=QWEN, reasoning_effort="none"))
    assert not reasoning(complete(client, "Why?", model=LLAMA))


def test_small_token_limit_is_spent_on_reasoning(client: OpenAI) -> None:
    response = complete(client, "Why?", model=GPT_OSS, max_tokens=5)
    choice = response.choices[0]
    assert (choice.message.content, choice.finish_reason) == (None, "length")
    assert reasoning(response)


def image_message(url: str) -> list[Any]:
    return [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]


def test_images_are_described(client: OpenAI) -> None:
    url = "data:image/png;base64," + base64.b64encode(render_page("Hello")).decode()
    assert "1088 x 1536 pixels" in content_of(client, image_message(url), model=MISTRAL)
    assert "https://example.com/x.png" in content_of(
        client, image_message("https://example.com/x.png"), model=MISTRAL
    )
    with pytest.raises(BadRequestError, match="multimodal"):
        complete(client, image_message(url), model=LLAMA)
    with pytest.raises(BadRequestError, match="identify image"):
        complete(client, image_message("data:application/pdf;base64,JVBERi0="), model=MISTRAL)


def test_ocr_model_reads_pages_and_ignores_the_prompt(client: OpenAI) -> None:
    url = "data:image/png;base64," + base64.b64encode(render_page("# Rechnung")).decode()
    assert content_of(client, image_message(url), model=OCR) == "# Rechnung"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("What is this?", "requires an image"),
        (image_message("https://example.com/x.png"), "fetches no URLs"),
        (image_message("data:image/png;base64,iVBORw0KGgo="), "identify image|OCR engine"),
    ],
)
def test_ocr_model_requires_an_image_that_can_be_read(
    content: Any, message: str, client: OpenAI
) -> None:
    with pytest.raises(BadRequestError, match=message):
        complete(client, content, model=OCR)


TREE = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
                "parent": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
            },
            "required": ["value", "children", "parent"],
            "additionalProperties": False,
        }
    },
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/Node"}},
    "required": ["root"],
    "additionalProperties": False,
}


def strict(schema: dict[str, Any], **options: Any) -> Any:
    wrapper = {"name": "answer", "schema": schema, **options}
    return {"type": "json_schema", "json_schema": wrapper}


def test_recursive_json_schema(client: OpenAI) -> None:
    tree = json.loads(content_of(client, "A tree of 7", response_format=strict(TREE, strict=True)))
    assert tree["root"]["value"] == 7
    assert set(tree["root"]) == {"value", "children", "parent"}


def test_json_schema_values_are_taken_from_the_text(client: OpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    text = content_of(client, "Extract: Ada Lovelace, 36 years", response_format=strict(schema))
    assert json.loads(text) == {"name": "Ada Lovelace", "age": 36}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "array", "items": {}}, "The root of a strict schema must be an object"),
        ({"type": "object", "properties": {}}, "The root of a strict schema must be an object"),
        (
            {
                "type": "object",
                "properties": {"a": {"enum": []}},
                "required": ["a"],
                "additionalProperties": False,
            },
            "Grammar error: Unsatisfiable schema: required property 'a' is unsatisfiable",
        ),
    ],
)
def test_invalid_schemas_are_rejected(client: OpenAI, schema: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequestError, match=message):
        complete(client, "Go", response_format=strict(schema))


def test_json_object(client: OpenAI) -> None:
    mode: Any = {"type": "json_object"}
    assert isinstance(json.loads(content_of(client, "JSON please", response_format=mode)), dict)
    text = "Tell me a joke as JSON with 'setup' and 'punchline' keys."
    assert set(json.loads(content_of(client, text, response_format=mode))) == {"setup", "punchline"}
    prompt = 'Follow this schema: {"properties": {"foo": {"type": "integer"}}, "required": ["foo"]}'
    assert isinstance(json.loads(content_of(client, prompt, response_format=mode))["foo"], int)
    assert isinstance(
        json.loads(content_of(client, prompt.replace("{", "{{").replace("}", "}}")))["foo"], int
    )


def test_invalid_schema_in_a_prompt_gives_text(client: OpenAI) -> None:
    prompt = 'Follow the schema {"type": "nonsense", "items": 3}'
    assert "schema" in content_of(client, prompt)


def test_streamed_text_equals_the_complete_text(client: OpenAI) -> None:
    expected = complete(client, "Why?", model=GPT_OSS)
    stream = client.chat.completions.create(
        model=GPT_OSS, messages=user("Why?"), stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert {chunk.id for chunk in chunks} == {expected.id}
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices == []
    assert chunks[-1].usage == expected.usage
    deltas = [chunk.choices[0].delta for chunk in chunks[:-1]]
    assert "".join(delta.content or "" for delta in deltas) == expected.choices[0].message.content
    reasoning_pieces = [(delta.model_extra or {}).get("reasoning", "") for delta in deltas]
    assert "".join(reasoning_pieces) == reasoning(expected)
    last_reasoning = max(index for index, piece in enumerate(reasoning_pieces) if piece)
    assert last_reasoning < next(index for index, delta in enumerate(deltas) if delta.content)
    finishes = [chunk.choices[0].finish_reason for chunk in chunks[:-1]]
    assert finishes == [None] * (len(finishes) - 1) + ["stop"]


def test_streamed_choices_have_an_index(client: OpenAI) -> None:
    expected = complete(client, "About elks.", n=2, max_tokens=9)
    texts = {0: "", 1: ""}
    finishes: dict[int, str | None] = {}
    stream: Any = client.chat.completions.create(
        model=LLAMA, messages=user("About elks."), n=2, max_tokens=9, stream=True, logprobs=True
    )
    for chunk in stream:
        assert chunk.usage is None
        (choice,) = chunk.choices
        texts[choice.index] += choice.delta.content or ""
        finishes[choice.index] = choice.finish_reason
        if choice.delta.content:
            assert choice.logprobs.content[0].token == choice.delta.content
    assert texts == {choice.index: choice.message.content for choice in expected.choices}
    assert finishes == {0: "length", 1: "length"}
