"""Combinations of tools, response formats, streams and limits, for each tool parser."""

import json
from typing import Any

import pytest

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.chat import create_chat_completion
from ionos_model_hub.emulator.engine.output_parser import PARSER_NAMES
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.profiles import VLLM
from ionos_model_hub.emulator.script import Call, Reply

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "place", "schema": SCHEMA}}
NAMED = {"type": "function", "function": {"name": "get_weather"}}
QUESTION = "How is the weather in Berlin and Paris?"


def tool(*, strict: bool | None = None) -> dict[str, Any]:
    function = {"name": "get_weather", "description": "The weather of a city."}
    return {"type": "function", "function": {**function, "parameters": SCHEMA, "strict": strict}}


def create(parser: str, reply: Reply | None = None, **changes: Any) -> Any:
    body = {
        "model": "meta-llama/Llama-3.3-70B-Instruct",
        "messages": [{"role": "user", "content": QUESTION}],
        "tools": [tool()],
    }
    return create_chat_completion(
        {**body, **changes}, ServerConfig(VLLM, tool_parser=parser), reply
    )


def complete(parser: str, reply: Reply | None = None, **changes: Any) -> Any:
    (choice,) = create(parser, reply, **changes)["choices"]
    return choice


def stream(parser: str, **changes: Any) -> list[Any]:
    return list(create(parser, stream=True, **changes))


def joined(chunks: list[Any], index: int) -> tuple[str, list[tuple[str, str]], str]:
    """Return content, calls and finish reason of a streamed choice."""
    content, calls, reason = "", dict[int, list[str]](), ""
    for choice in (choice for chunk in chunks for choice in chunk["choices"]):
        if choice["index"] != index:
            continue
        content += choice["delta"].get("content") or ""
        for call in choice["delta"].get("tool_calls", ()):
            name_and_arguments = calls.setdefault(call["index"], ["", ""])
            name_and_arguments[0] += call["function"].get("name", "")
            name_and_arguments[1] += call["function"].get("arguments", "")
        reason = choice["finish_reason"] or reason
    return content, [(name, arguments) for name, arguments in calls.values()], reason


def cities(choice: Any) -> list[str]:
    calls = choice["message"].get("tool_calls", ())
    return [json.loads(call["function"]["arguments"])["city"] for call in calls]


@pytest.mark.parametrize("parser", PARSER_NAMES)
@pytest.mark.parametrize(
    ("choice", "reason"), [("auto", "tool_calls"), ("required", "tool_calls"), (NAMED, "stop")]
)
def test_calls_and_finish_reason(parser: str, choice: Any, reason: str) -> None:
    response = complete(parser, tool_choice=choice)
    assert cities(response) == ["Berlin", "Paris"]
    assert response["finish_reason"] == reason
    response = complete(parser, tool_choice=choice, parallel_tool_calls=False)
    assert cities(response) == ["Berlin"]


@pytest.mark.parametrize("parser", PARSER_NAMES)
def test_no_calls_if_the_choice_is_none(parser: str) -> None:
    choice = complete(parser, tool_choice="none")
    assert (choice["finish_reason"], cities(choice)) == ("stop", [])
    assert choice["message"]["content"]


@pytest.mark.parametrize("parser", PARSER_NAMES)
@pytest.mark.parametrize("response_format", [FORMAT, {"type": "json_object"}])
def test_format_excludes_calls_unless_a_tool_is_strict(parser: str, response_format: Any) -> None:
    choice = complete(parser, response_format=response_format)
    if parser == "mistral":
        assert cities(choice) == ["Berlin", "Paris"]
    else:
        assert isinstance(json.loads(choice["message"]["content"]), dict)
        assert (cities(choice), choice["finish_reason"]) == ([], "stop")
    options = {"response_format": response_format, "tools": [tool(strict=True)]}
    assert cities(complete(parser, **options)) == ["Berlin", "Paris"]


@pytest.mark.parametrize("parser", PARSER_NAMES)
@pytest.mark.parametrize("choice", ["required", NAMED])
def test_forced_calls_ignore_the_format(parser: str, choice: Any) -> None:
    assert cities(complete(parser, tool_choice=choice, response_format=FORMAT))


@pytest.mark.parametrize("parser", PARSER_NAMES)
@pytest.mark.parametrize("options", [{}, {"logprobs": True, "top_logprobs": 1}])
def test_several_streamed_choices_with_calls(parser: str, options: dict[str, Any]) -> None:
    chunks = stream(parser, n=2, **options)
    expected = [("get_weather", {"city": city}) for city in ("Berlin", "Paris")]
    for index in (0, 1):
        _, calls, reason = joined(chunks, index)
        assert [(name, json.loads(arguments)) for name, arguments in calls] == expected
        assert reason == "tool_calls"


@pytest.mark.parametrize("parser", PARSER_NAMES)
@pytest.mark.parametrize("choice", ["auto", "required", NAMED])
@pytest.mark.parametrize("limit", [1, 2, 5, 9])
def test_truncated_calls_end_with_length(parser: str, choice: Any, limit: int) -> None:
    options = {"tool_choice": choice, "max_tokens": limit, "parallel_tool_calls": False}
    assert complete(parser, **options)["finish_reason"] in ("length", "tool_calls")
    assert joined(stream(parser, **options), 0)[2] == "length"


@pytest.mark.parametrize("parser", PARSER_NAMES)
def test_log_probabilities_of_a_stream_are_those_of_the_complete_response(parser: str) -> None:
    complete_logprobs = complete(parser, logprobs=True)["logprobs"]["content"]
    parts = [chunk["choices"][0]["logprobs"] for chunk in stream(parser, logprobs=True)]
    assert [entry for part in parts if part for entry in part["content"]] == complete_logprobs


def test_harmony_counts_the_tokens_of_calls_as_reasoning() -> None:
    reply = Reply(reasoning="one two", tool_calls=[Call("get_weather", city="Berlin")])
    usage = create("openai", reply)["usage"]
    arguments = create("openai", Reply(tool_calls=[Call("get_weather", city="Berlin")]))["usage"]
    details = [each["completion_tokens_details"] for each in (usage, arguments)]
    assert details[0]["reasoning_tokens"] > 2
    assert details[1] is None


@pytest.mark.parametrize("parser", ["hermes", "openai"])
def test_continuous_usage_counts_the_reasoning_so_far(parser: str) -> None:
    options = {"include_usage": True, "continuous_usage_stats": True}
    reply = Reply(reasoning="one two three", text="four five")
    chunks = list(create(parser, reply, stream=True, stream_options=options))
    counts = [chunk["usage"]["completion_tokens_details"]["reasoning_tokens"] for chunk in chunks]
    assert (counts[0], counts[-1]) == (0, 3)
    assert counts == sorted(counts)
    assert {1, 2} <= set(counts)


@pytest.mark.parametrize("parser", PARSER_NAMES)
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"tools": None}, "the request has no tools"),
        ({"tool_choice": "none"}, "'tool_choice' is 'none'"),
    ],
)
def test_scripted_calls_need_tools(parser: str, options: dict[str, Any], reason: str) -> None:
    reply = Reply(tool_calls=[Call("get_weather", city="Berlin")])
    with pytest.raises(ApiError, match=f"has tool calls, but {reason}"):
        create(parser, reply, **options)


def test_harmony_drops_calls_if_the_choice_is_none() -> None:
    text = "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>"
    reply = Reply(generated=[[text]])
    choice = complete("openai", reply, tool_choice="none")
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "stop"
