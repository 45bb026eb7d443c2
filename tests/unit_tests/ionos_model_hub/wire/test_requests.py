"""Requests hold what was set, in a form the hub takes, and nothing else."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.requests import Call, StreamedCall
from ionos_model_hub.wire.response_types import ChatCompletion, Completion, Embeddings

USER = {"role": "user", "content": "Hallo"}


def tool(name: str, **more: object) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **more}}


def choice_of(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def sent(call: StreamedCall[Any] | Call[Any]) -> dict[str, Any]:
    content = (call.unstreamed() if isinstance(call, StreamedCall) else call).encoded()
    assert content is not None
    body: dict[str, Any] = json.loads(content)
    return body


def chat(**options: Any) -> dict[str, Any]:
    return sent(requests.chat("m", [USER], options))


def refused(param: str | None, build: Any, *arguments: Any) -> InvalidRequestError:
    with pytest.raises(InvalidRequestError) as caught:
        sent(build(*arguments))
    assert caught.value.param == param
    assert caught.value.__context__ is None
    return caught.value


# -- only what was set


def test_a_bare_chat_sends_two_fields() -> None:
    assert chat() == {"model": "m", "messages": [USER]}


def test_none_is_unset() -> None:
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
        {"stream_options": {"include_usage": False}},
    ],
)
def test_what_was_set_is_sent_as_it_is(option: dict[str, Any]) -> None:
    assert chat(**option) == {"model": "m", "messages": [USER], **option}


def test_the_other_endpoints_send_what_was_set() -> None:
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
    assert requests.models().encoded() is None


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (requests.models(), "/models"),
        (requests.chat("m", [USER], {}), "/chat/completions"),
        (requests.chat("m", [USER], {}).unstreamed(), "/chat/completions"),
        (requests.completion("m", "p", {}), "/completions"),
        (requests.embeddings("m", ["a"], {}), "/embeddings"),
        (requests.rerank("m", "q", ["a"], {}), "/rerank"),
        (requests.images("m", "p", {}), "/images/generations"),
    ],
)
def test_paths(call: Call[Any] | StreamedCall[Any], path: str) -> None:
    assert call.path == path


def test_extra_body_is_merged_and_wins() -> None:
    body = chat(temperature=1, extra_body={"top_k": 5, "temperature": 0, "nothing": None})
    assert body == {
        "model": "m",
        "messages": [USER],
        "temperature": 0,
        "top_k": 5,
        "nothing": None,
    }
    assert sent(requests.embeddings("m", "a", {"extra_body": {"truncate": True}}))["truncate"]
    assert sent(requests.images("m", "a", {"extra_body": {"seed": 1}}))["seed"] == 1
    assert sent(requests.completion("m", "a", {"extra_body": {"best_of": 2}}))["best_of"] == 2


def test_an_option_of_another_endpoint_is_refused() -> None:
    refused("tools", requests.completion, "m", "p", {"tools": []})
    refused("echo", requests.completion, "m", "p", {"echo": True})
    refused("response_format", requests.images, "m", "p", {"response_format": "url"})
    refused("encoding", requests.embeddings, "m", "p", {"encoding": "base64"})


# -- streams


def test_a_stream_asks_for_usage() -> None:
    call = requests.chat("m", [USER], {"temperature": 0})
    body = json.loads(call.encoded_for_stream(ask_for_usage=True))
    assert body == {**sent(call), "stream": True, "stream_options": {"include_usage": True}}


def test_a_stream_does_without_usage() -> None:
    call = requests.chat("m", [USER], {})
    assert json.loads(call.encoded_for_stream(ask_for_usage=False)) == {
        **sent(call),
        "stream": True,
    }


@pytest.mark.parametrize("ask", [True, False])
def test_stream_options_of_the_caller_stay(ask: bool) -> None:
    call = requests.completion("m", "p", {"stream_options": {"include_usage": False}})
    body = json.loads(call.encoded_for_stream(ask_for_usage=ask))
    assert body["stream_options"] == {"include_usage": False}


def test_a_call_can_be_encoded_again() -> None:
    call = requests.chat("m", [USER], {})
    first = call.encoded_for_stream(ask_for_usage=True)
    assert "stream" not in sent(call)
    assert call.encoded_for_stream(ask_for_usage=True) == first


# -- messages


def test_content_is_always_there() -> None:
    calls = [{"id": "a", "type": "function", "function": {"name": "add", "arguments": "{}"}}]
    history = [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "content": "3", "tool_call_id": "a"},
    ]
    body = sent(requests.chat("m", history, {}))
    assert body["messages"] == [
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "content": "3", "tool_call_id": "a"},
    ]


def test_parts_go_out_as_they_are() -> None:
    parts = [
        {"type": "text", "text": "Was ist das?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk=", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]
    messages = [{"role": "user", "content": parts}]
    assert sent(requests.chat("m", messages, {}))["messages"] == messages


def test_fields_beyond_the_contract_are_kept() -> None:
    messages = [{"role": "assistant", "content": "x", "name": "a", "reasoning": "Hm."}]
    assert sent(requests.chat("m", messages, {}))["messages"] == messages


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([], "messages"),
        ("Hallo", "messages"),
        ([{"role": "developer", "content": "x"}], "messages[0].role"),
        ([{"role": "user"}], "messages[0].content"),
        ([{"role": "user", "content": [{"type": "video"}]}], "messages[0].content[0]"),
    ],
)
def test_wrong_messages_are_refused(messages: Any, param: str) -> None:
    refused(param, requests.chat, "m", messages, {})


@pytest.mark.parametrize("model", ["", None, 5])
def test_wrong_models_are_refused(model: Any) -> None:
    refused("model", requests.chat, model, [USER], {})
    refused("model", requests.embeddings, model, ["a"], {})


# -- limits


def test_tools_up_to_128() -> None:
    tools = [tool(f"t{n}") for n in range(129)]
    assert len(chat(tools=tools[:128])["tools"]) == 128
    assert "128" in refused("tools", requests.chat, "m", [USER], {"tools": tools}).message


def test_stops_up_to_four() -> None:
    assert chat(stop="END")["stop"] == ["END"]
    assert chat(stop=list("abcd"))["stop"] == list("abcd")
    assert "4" in refused("stop", requests.chat, "m", [USER], {"stop": list("abcde")}).message


@pytest.mark.parametrize(
    ("option", "param"),
    [
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"n": 0}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temprature": 1}, "temprature"),
    ],
)
def test_wrong_options_are_refused(option: dict[str, Any], param: str) -> None:
    refused(param, requests.chat, "m", [USER], option)


def test_a_misspelled_option_names_the_one_meant() -> None:
    error = refused("temprature", requests.chat, "m", [USER], {"temprature": 1})
    assert error.hint == "Did you mean 'temperature'?"


# -- tools


def test_tools_go_out_as_they_are() -> None:
    tools = [
        tool("add", description="Adds.", parameters={"type": "object"}, strict=True),
        tool("now"),
    ]
    body = chat(tools=tools, tool_choice="required", parallel_tool_calls=False)
    assert body["tools"] == tools
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("required", False)


@pytest.mark.parametrize("choice", ["none", "auto", None])
@pytest.mark.parametrize("tools", [[], None])
def test_without_tools_an_idle_choice_is_dropped(choice: Any, tools: Any) -> None:
    body = chat(tools=tools, tool_choice=choice, parallel_tool_calls=True)
    assert body == {"model": "m", "messages": [USER]}


@pytest.mark.parametrize("choice", ["required", choice_of("add")])
def test_without_tools_a_demanding_choice_is_refused(choice: Any) -> None:
    refused("tool_choice", requests.chat, "m", [USER], {"tool_choice": choice, "tools": []})
    refused("tool_choice", requests.chat, "m", [USER], {"tool_choice": choice})


def test_a_named_choice_must_be_among_the_tools() -> None:
    options = {"tools": [tool("add")], "tool_choice": choice_of("sub")}
    assert "'sub'" in refused("tool_choice", requests.chat, "m", [USER], options).message
    assert chat(tools=[tool("add")], tool_choice=choice_of("add"))["tool_choice"] == choice_of(
        "add"
    )


def test_two_tools_of_one_name_are_refused() -> None:
    refused("tools", requests.chat, "m", [USER], {"tools": [tool("a"), tool("a")]})


def test_illegal_tool_names_go_out_legal_everywhere() -> None:
    history = [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"id": "1", "type": "function", "function": choice["function"] | {"arguments": ""}}
                for choice in (choice_of("wetter.heute"), choice_of("gone away"))
            ],
        }
    ]
    call = requests.chat(
        "m",
        history,
        {
            "tools": [tool("wetter.heute"), tool("add")],
            "tool_choice": choice_of("wetter.heute"),
        },
    )
    body = sent(call)
    assert [each["function"]["name"] for each in body["tools"]] == ["wetter_heute", "add"]
    assert body["tool_choice"] == choice_of("wetter_heute")
    named = [each["function"]["name"] for each in body["messages"][0]["tool_calls"]]
    assert named == ["wetter_heute", "gone_away"]


def test_illegal_tool_names_come_back_as_they_were() -> None:
    call = requests.chat("m", [USER], {"tools": [tool("wetter.heute")]})
    function = {"name": "wetter_heute", "arguments": "{}"}
    message = {"tool_calls": [{"id": "a", "function": function}]}
    answer = call.unstreamed().read({"choices": [{"message": message}]})
    assert answer.message.tool_calls[0].name == "wetter.heute"
    (delta,) = call.assembler().feed(json.dumps({"choices": [{"delta": message}]}))
    assert delta.tool_calls[0].name == "wetter.heute"


LEAKING = "mistralai/Mistral-Small-24B-Instruct"
LEAK = {"choices": [{"message": {"content": '[TOOL_CALLS] wetter_heute{"a": 1}'}}]}


def test_leaked_calls_of_renamed_tools_are_mended() -> None:
    call = requests.chat(LEAKING, [USER], {"tools": [tool("wetter.heute")]})
    message = call.unstreamed().read(LEAK).message
    assert [found.name for found in message.tool_calls] == ["wetter.heute"]
    assert message.content == ""


def test_mending_can_be_switched_off() -> None:
    options = {"tools": [tool("wetter.heute")]}
    call = requests.chat(LEAKING, [USER], options, fix_model_quirks=False)
    message = call.unstreamed().read(LEAK).message
    assert (message.content[:12], message.tool_calls) == ("[TOOL_CALLS]", [])


def test_each_reading_starts_afresh() -> None:
    call = requests.chat("m", [USER], {})
    body = {"choices": [{"message": {"content": "Hallo"}}]}
    assert [call.unstreamed().read(body).text for _ in range(2)] == ["Hallo", "Hallo"]


# -- structured output


def test_a_response_format_is_normalised() -> None:
    schema = {"properties": {"n": {"type": "integer"}}}
    wrapper = {"name": "my answer", "schema": schema, "description": "dropped"}
    body = chat(response_format={"type": "json_schema", "json_schema": wrapper})
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {
            "name": "my_answer",
            "schema": {**schema, "type": "object", "additionalProperties": False},
            "strict": True,
        },
    }
    assert chat(response_format={"type": "json_object"})["response_format"] == {
        "type": "json_object"
    }


@pytest.mark.parametrize(
    ("given", "param"),
    [({"type": "xml"}, "response_format.type"), ("json", "response_format")],
)
def test_a_wrong_response_format_is_refused(given: Any, param: str) -> None:
    refused(param, requests.chat, "m", [USER], {"response_format": given})


# -- embeddings, reranking, images


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
def test_token_arrays_and_nothing_are_refused(texts: Any, param: str) -> None:
    refused(param, requests.embeddings, "m", texts, {})


def test_embeddings_expect_a_vector_for_each_text() -> None:
    read = requests.embeddings("m", ["a", "b"], {}).read
    data = [{"index": 1, "embedding": [1.0]}, {"index": 0, "embedding": [0.5]}]
    assert read({"data": list(data)}) == Embeddings([[0.5], [1.0]])


@pytest.mark.parametrize(
    ("arguments", "param"),
    [
        (("m", "q", []), "documents"),
        (("m", "q", "a"), "documents"),
        (("m", "q", ["a", 1]), "documents[1]"),
        (("m", "", ["a"]), "query"),
        (("m", "q", ["a"], 0), "top_n"),
    ],
)
def test_wrong_rerank_requests_are_refused(arguments: tuple[Any, ...], param: str) -> None:
    refused(param, requests.rerank, *arguments)


def test_a_ranking_is_checked_against_the_documents() -> None:
    read = requests.rerank("m", "q", ["a", "b"], {}).read
    results = [{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.9}]
    assert [ranked.index for ranked in read({"results": list(results)})] == [1, 0]


@pytest.mark.parametrize(("options", "wanted"), [({}, 1), ({"n": 3}, 3)])
def test_images_are_counted_for_their_own_limit(options: Any, wanted: int) -> None:
    call = requests.images("m", "Ein Haus", options | {"size": "1024*1024"})
    assert call.images == wanted
    assert sent(call)["size"] == "1024*1024"
    assert len(call.read({"data": [{"b64_json": "aGk="}] * wanted})) == wanted
    assert requests.embeddings("m", "a", {}).images == 0


@pytest.mark.parametrize("size", ["big", 1024, "1024x1024x3"])
def test_wrong_image_sizes_are_refused(size: Any) -> None:
    refused("size", requests.images, "m", "p", {"size": size})


def test_the_answers_have_their_types() -> None:
    whole = {"choices": [{"message": {"content": "a"}, "text": "b"}]}
    assert isinstance(requests.chat("m", [USER], {}).unstreamed().read(whole), ChatCompletion)
    answer = requests.completion("m", "p", {}).unstreamed().read(whole)
    assert isinstance(answer, Completion)
    assert answer.text == "b"
    listed = requests.models().read({"data": [{"id": "a"}]})
    assert [model.id for model in listed] == ["a"]


# -- what is no JSON


@pytest.mark.parametrize("value", [object(), "\ud800", float("nan"), float("inf"), -float("inf")])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    tools = [tool("a", parameters={"default": value})]
    error = refused(None, requests.chat, "m", [USER], {"tools": tools})
    assert "JSON" in error.message
    assert error.hint is not None
    assert "valid Unicode" in error.hint


def test_half_a_character_in_a_message_is_refused() -> None:
    refused(None, requests.chat, "m", [{"role": "user", "content": "\ud83d"}], {})
    refused(None, requests.completion, "m", "\ud83d", {})


def test_a_stream_is_checked_alike() -> None:
    call = requests.completion("m", "\ud83d", {})
    with pytest.raises(InvalidRequestError):
        call.encoded_for_stream(ask_for_usage=True)


def test_the_words_nan_and_infinity_are_text() -> None:
    messages = [{"role": "user", "content": "NaN, Infinity and -Infinity"}]
    assert sent(requests.chat("m", messages, {}))["messages"] == messages


# -- the caller's objects


def test_nothing_of_the_callers_is_changed() -> None:
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
    requests.embeddings("m", texts, {"extra_body": {"a": 1}}).encoded()
    assert texts == ["", "a"]


def test_a_call_keeps_no_hold_of_the_callers_lists() -> None:
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
def test_what_is_sent_is_what_was_set(content: str, options: dict[str, Any]) -> None:
    message = {"role": "user", "content": content}
    set_ones = {name: value for name, value in options.items() if value is not None}
    assert sent(requests.chat("m", [message], options)) == {
        "model": "m",
        "messages": [message],
        **set_ones,
    }


def test_content_that_is_none_is_sent_as_an_empty_text() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    said = {"role": "assistant", "content": None, "tool_calls": [call]}
    body = sent(requests.chat("m", [USER, said], {}))
    assert [message["content"] for message in body["messages"]] == [USER["content"], ""]
    assert said["content"] is None
