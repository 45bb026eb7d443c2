"""The chat model's request bodies."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_server import Connect, HelloServer, Json

from ionos_model_hub import InvalidRequestError
from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from langchain_ionos import ChatIONOS


def test_request_contains_only_options_that_are_set(connect: Connect, server: HelloServer) -> None:
    ChatIONOS(**connect(server)).invoke("Hi")
    assert server.last_request == {
        "model": DEFAULT_CHAT_MODEL,
        "messages": [{"role": "user", "content": "Hi"}],
    }


OPTIONS: Json = {
    "temperature": 0.0,
    "top_p": 0.9,
    "max_tokens": 10,
    "seed": 7,
    "presence_penalty": 0.5,
    "frequency_penalty": -0.5,
    "logit_bias": {"5": 1.0},
    "logprobs": True,
    "top_logprobs": 2,
    "user": "ada",
    "reasoning_effort": "low",
}


def test_options_are_sent_unchanged(connect: Connect, server: HelloServer) -> None:
    llm = ChatIONOS(
        model="some/model", stop=["END"], extra_body={"top_k": 5}, **OPTIONS, **connect(server)
    )
    llm.invoke("Hi")
    assert {
        **OPTIONS,
        "model": "some/model",
        "stop": ["END"],
        "top_k": 5,
    }.items() <= server.last_request.items()
    assert "extra_body" not in server.last_request


def test_call_options_take_precedence(connect: Connect, server: HelloServer) -> None:
    llm = ChatIONOS(temperature=0.5, stop="END", extra_body={"a": 1, "b": 1}, **connect(server))
    llm.invoke("Hi", stop=["X"], temperature=0.0, seed=None, model="m", extra_body={"b": 2})
    sent = server.last_request
    assert sent["stop"] == ["X"]
    assert sent["temperature"] == 0.0
    assert sent["model"] == "m"
    assert (sent["a"], sent["b"]) == (1, 2)
    assert "seed" not in sent
    llm.invoke("Hi", stop=[])
    assert "stop" not in server.last_request


@pytest.mark.parametrize(
    ("fields", "options", "expected"),
    [
        ({"max_tokens": 5}, {}, {"max_tokens": 5}),
        (
            {"max_tokens": 5, "max_tokens_field": "max_completion_tokens"},
            {},
            {"max_completion_tokens": 5},
        ),
        (
            {"max_tokens_field": "max_completion_tokens"},
            {"max_tokens": 6},
            {"max_completion_tokens": 6},
        ),
        ({"max_tokens": 5}, {"max_completion_tokens": 6}, {"max_completion_tokens": 6}),
    ],
)
def test_token_limit_is_sent_under_one_name(
    connect: Connect, server: HelloServer, fields: Json, options: Json, expected: Json
) -> None:
    ChatIONOS(**fields, **connect(server)).invoke("Hi", **options)
    sent = server.last_request
    assert {name: sent[name] for name in sent if name.startswith("max")} == expected


def test_streams_request_token_usage_by_default(connect: Connect, server: HelloServer) -> None:
    llm = ChatIONOS(**connect(server))
    list(llm.stream("Hi"))
    assert server.last_request["stream_options"] == {"include_usage": True}
    list(llm.stream("Hi", stream_usage=False))
    assert server.last_request["stream_options"] == {"include_usage": False}
    list(ChatIONOS(stream_usage=False, **connect(server)).stream("Hi"))
    assert server.last_request["stream_options"] == {"include_usage": False}


@pytest.mark.parametrize(("replay", "field"), [(True, "reasoning"), ("reasoning_content",) * 2])
def test_reasoning_is_replayed_on_request(
    connect: Connect, server: HelloServer, replay: Any, field: str
) -> None:
    history = [
        HumanMessage("Hi"),
        AIMessage("Yes", additional_kwargs={"reasoning_content": "Hm."}),
        HumanMessage("Why?"),
    ]
    ChatIONOS(**connect(server)).invoke(history)
    assert field not in server.last_request["messages"][1]
    ChatIONOS(replay_reasoning=replay, **connect(server)).invoke(history)
    assert server.last_request["messages"][1][field] == "Hm."


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def test_bound_tools_are_sent_with_their_options(connect: Connect, server: HelloServer) -> None:
    llm = ChatIONOS(parallel_tool_calls=False, **connect(server))
    llm.invoke("Hi")
    assert "parallel_tool_calls" not in server.last_request
    llm.bind_tools([add]).invoke("Hi")
    assert server.last_request["parallel_tool_calls"] is False
    assert "tool_choice" not in server.last_request
    llm.bind_tools([add], tool_choice="add", parallel_tool_calls=True).invoke("Hi")
    assert server.last_request["parallel_tool_calls"] is True
    assert server.last_request["tool_choice"]["function"]["name"] == "add"


def test_tools_bound_without_bind_tools_are_converted(
    connect: Connect, server: HelloServer
) -> None:
    llm = ChatIONOS(**connect(server))
    llm.bind(tools=[add], tool_choice=False).invoke("Hi")
    assert "tool_choice" not in server.last_request
    llm.bind(tools=[add], tool_choice="any").invoke("Hi")
    assert server.last_request["tool_choice"] == "required"
    assert server.last_request["tools"][0]["function"]["name"] == "add"


def test_unknown_call_options_are_rejected(connect: Connect, server: HelloServer) -> None:
    llm = ChatIONOS(**connect(server))
    with pytest.raises(InvalidRequestError, match="temperature"):
        llm.invoke("Hi", temprature=0.5)
    with pytest.raises(InvalidRequestError, match="extra_body"):
        llm.invoke("Hi", zebra=5)
    assert server.requests == []


def test_usage_of_several_choices_counts_once(connect: Connect, server: HelloServer) -> None:
    result = ChatIONOS(n=2, **connect(server)).generate([[HumanMessage("Hi")]] * 2)
    usages = [g.message.usage_metadata for row in result.generations for g in row]  # type: ignore[union-attr]  # chat generations
    assert [usage is not None for usage in usages] == [True, False] * 2
    assert result.llm_output is not None
    assert result.llm_output["token_usage"]["total_tokens"] == 6


def test_several_choices_cannot_be_streamed(connect: Connect, server: HelloServer) -> None:
    with pytest.raises(ValueError, match="n must be 1"):
        ChatIONOS(n=2, streaming=True, **connect(server))
    llm = ChatIONOS(n=2, **connect(server))
    with pytest.raises(InvalidRequestError, match="n is above 1"):
        list(llm.stream("Hi"))
    assert server.requests == []


def test_streaming_can_be_enabled_and_disabled(connect: Connect, server: HelloServer) -> None:
    assert ChatIONOS(streaming=True, **connect(server)).invoke("Hi").content == "Hello 0"
    assert server.last_request["stream"] is True
    assert len(list(ChatIONOS(streaming=False, **connect(server)).stream("Hi"))) == 1
    assert "stream" not in server.last_request
    list(ChatIONOS(**connect(server)).stream("Hi"))
    assert server.last_request["stream"] is True
