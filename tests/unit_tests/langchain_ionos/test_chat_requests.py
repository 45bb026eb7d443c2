"""The chat model's request bodies."""

import json
from typing import Any

import httpx
import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
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


def test_stop_of_a_call_may_be_a_string(connect: Connect, server: HelloServer) -> None:
    llm = ChatIONOS(**connect(server))
    llm.invoke("Hi", stop="END")  # type: ignore[arg-type]  # as ChatOpenAI accepts it
    assert server.last_request["stop"] == ["END"]


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


def test_stream_options_are_sent_only_in_streams(connect: Connect, server: HelloServer) -> None:
    llm = ChatIONOS(**connect(server)).bind(stream_options={"include_usage": False})
    llm.invoke("Hi")
    assert "stream_options" not in server.last_request
    list(llm.stream("Hi"))
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


OVERRIDES: Any = {
    "extra_headers": {"x-tag": "t"},
    "extra_query": {"v": 2},
    "extra_body": {"b": 2},
    "timeout": (3, 9),
}


async def test_headers_query_body_and_timeout_per_call(server: HelloServer) -> None:
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return server(json.loads(request.content))

    transport = httpx.MockTransport(respond)
    llm = ChatIONOS(
        api_key="k",
        base_url="http://localhost:1/v1",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
        extra_body={"a": 1, "b": 1},
    )
    llm.invoke("Hi", **OVERRIDES)
    await llm.ainvoke("Hi", **OVERRIDES)
    list(llm.stream("Hi", **OVERRIDES))
    llm.bind(**OVERRIDES).invoke("Hi")
    assert len(requests) == 4
    for request in requests:
        body = json.loads(request.content)
        assert (body["a"], body["b"]) == (1, 2)
        assert "timeout" not in body
        assert request.headers["x-tag"] == "t"
        assert request.url.query == b"v=2"
        assert request.extensions["timeout"]["read"] == 9
    llm.invoke("Hi")
    assert "x-tag" not in requests[-1].headers


@pytest.mark.parametrize(
    "options", [{"extra_headers": {"authorization": "x"}}, {"timeout": -1}, {"extra_query": 5}]
)
def test_invalid_options_per_call_are_rejected(
    connect: Connect, server: HelloServer, options: Json
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        ChatIONOS(**connect(server)).invoke("Hi", **options)
    assert caught.value.param == next(iter(options))
    assert isinstance(caught.value, ModelInvalidRequestError)
    assert server.requests == []


def test_conversation_is_repaired_on_request(connect: Connect, server: HelloServer) -> None:
    call = {"name": "add", "args": {}, "id": "call_1"}
    history = [
        HumanMessage("Hi"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("3", tool_call_id="call_1"),
        HumanMessage("Thanks"),
        SystemMessage("Be kind"),
    ]
    ChatIONOS(**connect(server)).invoke(history)
    roles = [message["role"] for message in server.last_request["messages"]]
    assert roles == ["user", "assistant", "tool", "user", "system"]
    ChatIONOS(repair_conversation=True, **connect(server)).invoke(history)
    roles = [message["role"] for message in server.last_request["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


def test_token_usage_has_the_names_of_openai_and_langchain(
    connect: Connect, server: HelloServer
) -> None:
    llm = ChatIONOS(**connect(server))
    streamed = sum_chunks(list(llm.stream("Hi")))
    for message in (llm.invoke("Hi"), streamed):
        usage = message.response_metadata["token_usage"]
        assert (usage["prompt_tokens"], usage["completion_tokens"]) == (1, 2)
        assert (usage["input_tokens"], usage["output_tokens"]) == (1, 2)
        assert usage["total_tokens"] == 3


def sum_chunks(chunks: list[Any]) -> Any:
    message = chunks[0]
    for chunk in chunks[1:]:
        message = message + chunk
    return message


@pytest.mark.parametrize(
    ("tool_choice", "strict", "expected"),
    [
        ("any", None, True),
        ("add", None, True),
        (True, None, True),
        ("any", False, None),
        ("auto", None, None),
        (None, None, None),
        (None, True, True),
    ],
)
def test_forced_calls_are_strict_by_default(
    connect: Connect,
    server: HelloServer,
    tool_choice: Any,
    strict: bool | None,
    expected: bool | None,
) -> None:
    llm = ChatIONOS(**connect(server))
    llm.bind_tools([add], tool_choice=tool_choice, strict=strict).invoke("Hi")
    function = server.last_request["tools"][0]["function"]
    assert function.get("strict") is expected
    assert function["parameters"].get("additionalProperties", True) is not expected


@pytest.mark.parametrize(
    ("tool_choice", "strict", "expected"),
    [(None, None, True), ("auto", None, True), ("none", None, None), (None, False, None)],
)
def test_tools_with_a_response_format_are_strict_by_default(
    connect: Connect,
    server: HelloServer,
    tool_choice: str | None,
    strict: bool | None,
    expected: bool | None,
) -> None:
    llm = ChatIONOS(**connect(server))
    options: dict[str, Any] = {"tool_choice": tool_choice, "strict": strict}
    json_object = {"type": "json_object"}
    llm.bind_tools([add], response_format=json_object, **options).invoke("Hi")
    assert server.last_request["tools"][0]["function"].get("strict") is expected
    llm.bind(response_format=json_object).bind_tools([add], **options).invoke("Hi")
    assert server.last_request["tools"][0]["function"].get("strict") is expected
    llm.bind_tools([add], response_format=list[int], **options).invoke("Hi")
    assert server.last_request["tools"][0]["function"].get("strict") is expected
    llm.bind_tools([add], response_format={"type": "text"}, **options).invoke("Hi")
    assert "strict" not in server.last_request["tools"][0]["function"]
