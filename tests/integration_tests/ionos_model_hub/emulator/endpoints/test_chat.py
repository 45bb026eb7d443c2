"""Chat as the official client sees it."""

import base64
import json
from typing import Any

import pytest
from openai import BadRequestError, OpenAI
from openai.types.chat import ChatCompletion

from ionos_model_hub.emulator.endpoints.images import png

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


def ask(client: OpenAI, text: Any, model: str = LLAMA, **options: Any) -> ChatCompletion:
    answer: ChatCompletion = client.chat.completions.create(
        model=model, messages=user(text), **options
    )
    return answer


def said(client: OpenAI, text: Any, **options: Any) -> str:
    return ask(client, text, **options).choices[0].message.content or ""


def test_answer_is_about_the_question_and_always_the_same(client: OpenAI) -> None:
    first = ask(client, "Tell me about lighthouses.")
    assert "lighthouses" in (first.choices[0].message.content or "")
    assert first.choices[0].finish_reason == "stop"
    assert first == ask(client, "Tell me about lighthouses.")
    assert first.id != ask(client, "Tell me about lighthouse keepers.").id


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Hello", "Hello! How can I help you today?"),
        ("Say exactly: pong", "pong"),
        ("What is 17 * 3?", "17 * 3 = 51"),
        ("What is 7 / 2?", "7 / 2 = 3.5"),
        ("What is 7 / 0?", "A division by zero has no result."),
        (CONTEXT, "Rome is the capital of Italy."),
    ],
)
def test_sensible_answers(client: OpenAI, text: str, answer: str) -> None:
    assert said(client, text) == answer


def test_earlier_messages_are_remembered(client: OpenAI) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "My name is Ada.", "name": "ada"},
        {"role": "assistant", "content": "Nice to meet you!"},
        {"role": "user", "content": "What is my name?"},
    ]
    answer = client.chat.completions.create(model=LLAMA, messages=messages)
    assert answer.choices[0].message.content == "My name is Ada."


def test_usage_counts_every_choice(client: OpenAI) -> None:
    one, three = ask(client, "About cats."), ask(client, "About cats.", n=3)
    assert one.usage is not None
    assert three.usage is not None
    assert [choice.index for choice in three.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in three.choices}) > 1
    assert three.usage.prompt_tokens == one.usage.prompt_tokens > 0
    assert three.usage.completion_tokens > 2 * one.usage.completion_tokens
    assert three.usage.total_tokens == three.usage.prompt_tokens + three.usage.completion_tokens


def test_stop_and_length_cut(client: OpenAI) -> None:
    whole = said(client, "About whales.")
    assert said(client, "About whales.", stop=["whales", "zzz"]) == whole.partition("whales")[0]
    for option in ("max_tokens", "max_completion_tokens"):
        cut = ask(client, "About whales.", **{option: 3})
        assert cut.choices[0].finish_reason == "length"
        assert cut.usage is not None
        assert cut.usage.completion_tokens == 3
        assert whole.startswith(cut.choices[0].message.content or "-")


def test_logprobs(client: OpenAI) -> None:
    choice = ask(client, "About owls.", logprobs=True, top_logprobs=3).choices[0]
    assert choice.logprobs is not None
    content = choice.logprobs.content or []
    assert "".join(token.token for token in content) == choice.message.content
    assert all(token.logprob <= 0 and len(token.top_logprobs) == 3 for token in content)
    assert all(bytes(token.bytes or []).decode() == token.token for token in content)
    assert ask(client, "About owls.").choices[0].logprobs is None


def reasoning(answer: ChatCompletion) -> str:
    return str((answer.choices[0].message.model_extra or {}).get("reasoning", ""))


def test_reasoning_grows_with_effort(client: OpenAI) -> None:
    lengths = [
        len(reasoning(ask(client, "Why?", model=GPT_OSS, reasoning_effort=effort)))
        for effort in ("low", "medium", "high")
    ]
    assert 0 < lengths[0] < lengths[1] < lengths[2]
    assert reasoning(ask(client, "Why?", model=QWEN))
    assert not reasoning(ask(client, "Why?", model=QWEN, reasoning_effort="none"))
    assert not reasoning(ask(client, "Why?", model=LLAMA))


def test_a_small_budget_is_spent_on_reasoning(client: OpenAI) -> None:
    answer = ask(client, "Why?", model=GPT_OSS, max_tokens=5)
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("", "length")
    assert reasoning(answer)


def picture(url: str) -> list[Any]:
    return [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]


def test_vision_tells_the_size(client: OpenAI) -> None:
    url = "data:image/png;base64," + base64.b64encode(png(40, 30, "0" * 12)).decode()
    assert "40 x 30 pixels" in said(client, picture(url), model=MISTRAL)
    assert "https://example.com/x.png" in said(
        client, picture("https://example.com/x.png"), model=MISTRAL
    )
    assert said(client, picture(url), model=OCR).startswith("#")
    with pytest.raises(BadRequestError, match="multimodal"):
        ask(client, picture(url), model=LLAMA)
    with pytest.raises(BadRequestError, match="identify image"):
        ask(client, picture("data:application/pdf;base64,JVBERi0="), model=MISTRAL)


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
    found = json.loads(said(client, "A tree of 7", response_format=strict(TREE, strict=True)))
    assert found["root"]["value"] == 7
    assert set(found["root"]) == {"value", "children", "parent"}


def test_json_schema_is_filled_from_the_text(client: OpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    text = said(client, "Extract: Ada Lovelace, 36 years", response_format=strict(schema))
    assert json.loads(text) == {"name": "Ada Lovelace", "age": 36}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {}},
        {"type": "object", "properties": {}},
        {
            "type": "object",
            "properties": {"a": {"enum": []}},
            "required": ["a"],
            "additionalProperties": False,
        },
    ],
)
def test_bad_schemas_are_refused(client: OpenAI, schema: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError) as caught:
        ask(client, "Go", response_format=strict(schema))
    assert caught.value.param == "response_format.json_schema.schema"


def test_json_object(client: OpenAI) -> None:
    mode: Any = {"type": "json_object"}
    assert isinstance(json.loads(said(client, "JSON please", response_format=mode)), dict)
    text = "Tell me a joke as JSON with 'setup' and 'punchline' keys."
    assert set(json.loads(said(client, text, response_format=mode))) == {"setup", "punchline"}
    shown = 'Follow this schema: {"properties": {"foo": {"type": "integer"}}, "required": ["foo"]}'
    assert isinstance(json.loads(said(client, shown, response_format=mode))["foo"], int)
    assert isinstance(
        json.loads(said(client, shown.replace("{", "{{").replace("}", "}}")))["foo"], int
    )


def test_a_schema_that_cannot_be_met_in_a_prompt_is_only_text(client: OpenAI) -> None:
    shown = 'Follow the schema {"type": "nonsense", "items": 3}'
    assert "schema" in said(client, shown)


def test_streamed_text_is_the_whole_text(client: OpenAI) -> None:
    whole = ask(client, "Why?", model=GPT_OSS)
    stream = client.chat.completions.create(
        model=GPT_OSS, messages=user("Why?"), stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert {chunk.id for chunk in chunks} == {whole.id}
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    deltas = [chunk.choices[0].delta for chunk in chunks[:-1]]
    assert "".join(delta.content or "" for delta in deltas) == whole.choices[0].message.content
    thoughts = [(delta.model_extra or {}).get("reasoning", "") for delta in deltas]
    assert "".join(thoughts) == reasoning(whole)
    last_thought = max(index for index, thought in enumerate(thoughts) if thought)
    assert last_thought < next(index for index, delta in enumerate(deltas) if delta.content)
    finishes = [chunk.choices[0].finish_reason for chunk in chunks[:-1]]
    assert finishes == [None] * (len(finishes) - 1) + ["stop"]


def test_streamed_choices_are_told_apart_by_index(client: OpenAI) -> None:
    whole = ask(client, "About elks.", n=2, max_tokens=9)
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
    assert texts == {choice.index: choice.message.content for choice in whole.choices}
    assert finishes == {0: "length", 1: "length"}
