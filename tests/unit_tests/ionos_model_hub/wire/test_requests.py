"""Requests contain the options that were set, in the form that the hub accepts."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from request_bodies import USER, chat, choice_of, rejected, sent, tool

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.requests import Request, StreamableRequest
from ionos_model_hub.wire.response_types import ChatCompletion, Completion, Embeddings


def test_minimal_chat_request() -> None:
    assert chat() == {"model": "m", "messages": [USER]}


def test_options_of_none_are_not_sent() -> None:
    unset = ["temperature", "tools", "tool_choice", "stop", "response_format", "extra_body", "seed"]
    assert chat(**dict.fromkeys(unset)) == {"model": "m", "messages": [USER]}


@pytest.mark.parametrize(
    "option",
    [
        {"temperature": 0},
        {"temperature": 0.7},
        {"top_p": 0.9},
        {"n": 2},
        {"stop": ["END"]},
        {"max_tokens": 16},
        {"max_completion_tokens": 16},
        {"presence_penalty": -2},
        {"frequency_penalty": 2},
        {"logit_bias": {"50256": -100}},
        {"user": "u"},
        {"seed": 0},
        {"reasoning_effort": "low"},
        {"logprobs": False},
        {"top_logprobs": 0},
    ],
)
def test_options_are_sent_unchanged(option: dict[str, Any]) -> None:
    assert chat(**option) == {"model": "m", "messages": [USER], **option}


def test_stream_options_are_sent_only_in_streams() -> None:
    request = requests.chat("m", [USER], {"stream_options": {"include_usage": False}})
    assert "stream_options" not in json.loads(request.non_streamed().encode() or b"")
    streamed = json.loads(request.encode_for_stream(include_usage=True))
    assert streamed["stream_options"] == {"include_usage": False}


def test_requests_of_other_endpoints() -> None:
    assert sent(requests.completion("m", "Es war", {"echo": None, "n": 1})) == {
        "model": "m",
        "prompt": "Es war",
        "n": 1,
    }
    assert sent(requests.rerank("m", "q", ["a", {"text": "b"}], {})) == {
        "model": "m",
        "query": "q",
        "documents": ["a", {"text": "b"}],
    }
    assert sent(requests.rerank("m", "q", ["a"], {"top_n": 1}))["top_n"] == 1
    assert requests.models().encode() is None


@pytest.mark.parametrize(
    ("build", "path"),
    [
        (requests.models, "/models"),
        (lambda: requests.chat("m", [USER], {}), "/chat/completions"),
        (lambda: requests.chat("m", [USER], {}).non_streamed(), "/chat/completions"),
        (lambda: requests.completion("m", "p", {}), "/completions"),
        (lambda: requests.embeddings("m", ["a"], {}), "/embeddings"),
        (lambda: requests.rerank("m", "q", ["a"], {}), "/rerank"),
    ],
)
def test_paths(build: Callable[[], Request[Any] | StreamableRequest[Any]], path: str) -> None:
    assert build().path == path


def test_extra_body_takes_precedence() -> None:
    body = chat(temperature=1, extra_body={"top_k": 5, "temperature": 0, "nothing": None})
    assert body == {
        "model": "m",
        "messages": [USER],
        "temperature": 0,
        "top_k": 5,
        "nothing": None,
    }
    assert sent(requests.embeddings("m", "a", {"extra_body": {"truncate": True}}))["truncate"]
    assert sent(requests.completion("m", "a", {"extra_body": {"best_of": 2}}))["best_of"] == 2


def test_option_of_another_endpoint_is_rejected() -> None:
    rejected("tools", requests.completion, "m", "p", {"tools": []})
    rejected("echo", requests.completion, "m", "p", {"echo": True})
    rejected("encoding", requests.embeddings, "m", "p", {"encoding": "base64"})


def test_stream_requests_token_usage() -> None:
    call = requests.chat("m", [USER], {"temperature": 0})
    body = json.loads(call.encode_for_stream(include_usage=True))
    assert body == {**sent(call), "stream": True, "stream_options": {"include_usage": True}}


def test_stream_without_token_usage() -> None:
    call = requests.chat("m", [USER], {})
    assert json.loads(call.encode_for_stream(include_usage=False)) == {
        **sent(call),
        "stream": True,
    }


@pytest.mark.parametrize("ask", [True, False])
def test_stream_options_of_the_caller_take_precedence(ask: bool) -> None:
    call = requests.completion("m", "p", {"stream_options": {"include_usage": False}})
    body = json.loads(call.encode_for_stream(include_usage=ask))
    assert body["stream_options"] == {"include_usage": False}


def test_request_can_be_encoded_again() -> None:
    call = requests.chat("m", [USER], {})
    first = call.encode_for_stream(include_usage=True)
    assert "stream" not in sent(call)
    assert call.encode_for_stream(include_usage=True) == first


@pytest.mark.parametrize(
    ("texts", "wire"),
    [("Hallo", ["Hallo"]), (["a", ""], ["a", " "]), ("", [" "]), (("a", "b"), ["a", "b"])],
)
def test_embeddings_are_strings_and_floats(texts: Any, wire: list[str]) -> None:
    call = requests.embeddings("m", texts, {"dimensions": 256})
    assert sent(call) == {
        "model": "m",
        "input": wire,
        "encoding_format": "float",
        "dimensions": 256,
    }


@pytest.mark.parametrize(
    ("texts", "param"),
    [([[1, 2]], "input[0]"), ([1, 2], "input[0]"), (["a", None], "input[1]"), ([], "input")],
)
def test_token_arrays_and_empty_input_are_rejected(texts: Any, param: str) -> None:
    rejected(param, requests.embeddings, "m", texts, {})


def test_response_must_contain_a_vector_for_each_text() -> None:
    read = requests.embeddings("m", ["a", "b"], {}).read
    data = [{"index": 1, "embedding": [1.0]}, {"index": 0, "embedding": [0.5]}]
    assert read({"data": list(data)}) == Embeddings([[0.5], [1.0]])


def test_vectors_must_have_the_requested_dimensions() -> None:
    body = {"data": [{"index": 0, "embedding": [1.0, 0.5]}]}
    assert requests.embeddings("m", ["a"], {"dimensions": 2}).read(body).vectors == [[1.0, 0.5]]
    with pytest.raises(ResponseError, match="dimensions"):
        requests.embeddings("m", ["a"], {"dimensions": 3}).read(body)


@pytest.mark.parametrize(
    ("arguments", "param"),
    [
        (("q", [], {}), "documents"),
        (("q", "a", {}), "documents"),
        (("q", ["a", 1], {}), "documents[1]"),
        (("", ["a"], {}), "query"),
        (("q", ["a"], {"top_n": 0}), "top_n"),
    ],
)
def test_invalid_rerank_requests_are_rejected(arguments: tuple[Any, ...], param: str) -> None:
    rejected(param, requests.rerank, "m", *arguments)


def test_ranking_is_checked_against_the_documents() -> None:
    read = requests.rerank("m", "q", ["a", "b"], {}).read
    results = [{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.9}]
    assert [ranked.index for ranked in read({"results": list(results)})] == [1, 0]


def test_ranking_is_cut_to_top_n() -> None:
    read = requests.rerank("m", "q", ["a", "b"], {"top_n": 1}).read
    results = [{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.9}]
    assert [ranked.index for ranked in read({"results": list(results)})] == [1]


def test_types_of_the_responses() -> None:
    body = {"choices": [{"message": {"content": "a"}, "text": "b"}]}
    assert isinstance(requests.chat("m", [USER], {}).non_streamed().read(body), ChatCompletion)
    completion = requests.completion("m", "p", {}).non_streamed().read(body)
    assert isinstance(completion, Completion)
    assert completion.text == "b"
    listed = requests.models().read({"data": [{"id": "a"}]})
    assert [model.id for model in listed] == ["a"]


def test_arguments_are_not_modified() -> None:
    messages = [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "a b", "arguments": "{}"}}
            ],
        },
        {"role": "user", "content": [{"type": "text", "text": "x"}]},
    ]
    schema = {"properties": {"n": {"properties": {}}}}
    options = {
        "tools": [tool("a b", parameters={"type": "object", "properties": {}})],
        "tool_choice": choice_of("a b"),
        "response_format": {"type": "json_schema", "json_schema": {"schema": schema}},
        "stop": ["x"],
        "extra_body": {"top_k": 1},
    }
    before = deepcopy((messages, options))
    body = sent(requests.chat("m", messages, options))
    assert body["tools"][0]["function"]["name"] == "a_b"
    assert (messages, options) == before
    texts = ["", "a"]
    requests.embeddings("m", texts, {"extra_body": {"a": 1}}).encode()
    assert texts == ["", "a"]


def test_later_changes_of_the_arguments_have_no_effect() -> None:
    messages = [dict(USER)]
    call = requests.chat("m", messages, {})
    messages[0]["content"] = "changed"
    messages.append(USER)
    assert sent(call)["messages"] == [USER]


@given(
    content=st.text(st.characters(exclude_categories=["Cs"])),
    options=st.fixed_dictionaries(
        {},
        optional={
            "temperature": st.none() | st.floats(0, 2),
            "n": st.none() | st.integers(1, 4),
            "stop": st.none() | st.lists(st.text("ab", min_size=1), max_size=4),
            "user": st.none() | st.text("ab"),
        },
    ),
)
def test_only_set_options_are_sent(content: str, options: dict[str, Any]) -> None:
    message = {"role": "user", "content": content}
    set_ones = {name: value for name, value in options.items() if value is not None}
    assert sent(requests.chat("m", [message], options)) == {
        "model": "m",
        "messages": [message],
        **set_ones,
    }
