"""Six ways to get one response: all of them must give the same message."""

import asyncio
import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessageChunk
from langchain_server import Connect, Json
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

from langchain_ionos import ChatIONOS

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SOME_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
TOOLS: list[Json] = [
    {"name": "add", "parameters": {"properties": {"a": {}}, "required": ["a"]}},
    {"name": "get_weather", "parameters": {"properties": {"a": {}}}},
    {"name": "search", "description": "Has no parameters."},
]
ARGUMENTS = st.one_of(
    st.dictionaries(TEXT, st.one_of(st.integers(), TEXT, st.booleans(), st.none()), max_size=3).map(
        json.dumps
    ),
    st.sampled_from(
        ["", "{}", "not json", "[1, 2]", '{"a": "cut o', '{"a" 1}', '{"a": [1', "{}{}"]
    ),
    st.sampled_from(
        ['{"a": {"b": "c\\', '{"a": "\\"', '"x"', "nul", "null", "true", '{"a": 1} x', '{"a": tru']
    ),
)


@st.composite
def completions(draw: st.DrawFn) -> Json:
    """Draw the body of a non-streamed response."""
    message: Json = {"role": "assistant", "content": draw(TEXT)}
    if draw(st.booleans()):
        message[draw(st.sampled_from(["reasoning", "reasoning_content"]))] = draw(SOME_TEXT)
    if draw(st.integers(0, 5)) == 0:
        message["refusal"] = draw(SOME_TEXT)
    names = draw(st.lists(st.sampled_from(["add", "get_weather", "search"]), max_size=3))
    calls = [
        {
            "id": f"call_{place}",
            "type": "function",
            "function": {"name": name, "arguments": draw(ARGUMENTS)},
        }
        for place, name in enumerate(names)
    ]
    if calls:
        message["tool_calls"] = calls
    usage: Json = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    if draw(st.booleans()):
        usage["completion_tokens_details"] = {"reasoning_tokens": 3}
        usage["prompt_tokens_details"] = {"cached_tokens": 2}
    reason = draw(st.sampled_from(["stop", "length", "tool_calls"]))
    return {
        "id": "chatcmpl-1",
        "model": "some/model",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": draw(st.sampled_from([usage, None])),
        "system_fingerprint": draw(st.sampled_from([None, "fp_1"])),
    }


def cut(draw: st.DrawFn, text: str) -> list[str]:
    """Cut a text into pieces."""
    at = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    return [text[start:end] for start, end in zip([0, *at], [*at, len(text)], strict=True)]


def has_malformed_arguments(call: Json) -> bool:
    try:
        return not isinstance(json.loads(call["function"]["arguments"] or "{}"), dict)
    except ValueError:
        return True


def call_deltas(draw: st.DrawFn, calls: list[Json]) -> list[Json]:
    """Cut tool calls into pieces as servers send them, regular or not."""
    has_index = draw(st.booleans())
    repeats_id = not has_index or draw(st.booleans())
    streams = []
    for place, call in enumerate(calls):
        index = {"index": place} if has_index else {}
        repeated_id = {"id": call["id"]} if repeats_id else {}
        name, *pieces = call["function"]["name"], *cut(draw, call["function"]["arguments"])
        first = {"id": call["id"], "type": "function", **index}
        if draw(st.booleans()):
            first["function"] = {"name": name, "arguments": pieces.pop(0)}
        else:
            first["function"] = {"name": name}
        rest = [{**index, **repeated_id, "function": {"arguments": piece}} for piece in pieces]
        streams.append([first, *rest])
    # Pieces of calls whose arguments continue after their end cannot be interleaved.
    may_interleave = not any(
        "}" in call["function"]["arguments"].rstrip()[:-1] and has_malformed_arguments(call)
        for call in calls
    )
    if may_interleave and draw(st.booleans()):
        interleaved = (piece for row in zip_longest(*streams) for piece in row)
        return [piece for piece in interleaved if piece is not None]
    return [piece for stream in streams for piece in stream]


def deltas_of(draw: st.DrawFn, message: Json) -> list[Json]:
    deltas: list[Json] = []
    for name in ("reasoning", "reasoning_content", "content", "refusal"):
        deltas += [{name: piece} for piece in cut(draw, message.get(name, ""))]
    pieces = call_deltas(draw, message.get("tool_calls", []))
    if pieces and draw(st.booleans()):
        deltas.append({"tool_calls": pieces})
    else:
        deltas += [{"tool_calls": [piece]} for piece in pieces]
    if len(deltas) > 1 and draw(st.booleans()):
        at = draw(st.integers(0, len(deltas) - 2))
        if not deltas[at].keys() & deltas[at + 1].keys():
            deltas[at : at + 2] = [deltas[at] | deltas[at + 1]]
    return deltas


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Json, bytes]:
    """Draw a response body and the bytes of a stream with the same content."""
    body = draw(completions())
    head = {"id": body["id"], "model": body["model"]}
    if body["system_fingerprint"]:
        head["system_fingerprint"] = body["system_fingerprint"]
    choice = body["choices"][0]
    events: list[Json] = [{**head, "choices": [{"index": 0, "delta": {"role": "assistant"}}]}]
    for delta in deltas_of(draw, choice["message"]):
        events.append({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        if draw(st.integers(0, 9)) == 0:
            events.append(draw(st.sampled_from([{**head, "choices": []}, {"choices": None}])))
    if draw(st.booleans()) and body["usage"]:
        for event in events:
            event["usage"] = body["usage"]  # cumulative usage in every event, as in vLLM
    end = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    events.append({**head, "choices": [end]})
    if body["usage"]:
        events.append({**head, "choices": [], "usage": body["usage"]})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    if draw(st.booleans()):
        lines.insert(1, ": still here\n\n")
    if draw(st.booleans()):
        lines.append("data: [DONE]\n\n")
    return body, "".join(lines).encode()


def in_common(message: AIMessage) -> Json:
    """Return the parts of a message that are the same for every method."""
    blocks = message.content_blocks
    reasoning = "".join(b.get("reasoning", "") for b in blocks if b["type"] == "reasoning")
    metadata = message.response_metadata
    return {
        "text": str(message.text),
        "reasoning": reasoning,
        "refusal": message.additional_kwargs.get("refusal"),
        "calls": [(call["id"], call["name"], call["args"]) for call in message.tool_calls],
        "invalid": [(call["id"], call["name"]) for call in message.invalid_tool_calls],
        "usage": message.usage_metadata,
        "metadata": {
            name: metadata.get(name)
            for name in ("model_name", "model_provider", "finish_reason", "id")
        },
        "fingerprint": metadata.get("system_fingerprint"),
    }


def add_chunks(chunks: Iterator[BaseMessageChunk]) -> AIMessage:
    message = next(chunks)
    for chunk in chunks:
        message = message + chunk
    assert isinstance(message, AIMessage)
    return message


def model_for(connect: Connect, body: Json, stream: bytes, **fields: Any) -> ChatIONOS:
    def respond(request: Json) -> httpx.Response:
        if request.get("stream"):
            kind = {"content-type": "text/event-stream"}
            return httpx.Response(200, content=stream, headers=kind)
        return httpx.Response(200, json=body)

    return ChatIONOS(model="some/model", **connect(respond), **fields)


async def async_messages(llm: Any) -> list[AIMessage]:
    events = await llm.astream_events("?", version="v3")
    return [
        await llm.ainvoke("?"),
        add_chunks(iter([chunk async for chunk in llm.astream("?")])),
        await events.output,
    ]


@pytest.mark.parametrize("output_version", ["v0", "v1"])
@settings(max_examples=60, deadline=None)
@given(conversation=conversations(), has_tools=st.booleans())
def test_every_method_returns_the_same_message(
    connect: Connect, output_version: str, conversation: tuple[Json, bytes], has_tools: bool
) -> None:
    llm: Any = model_for(connect, *conversation, output_version=output_version)
    llm = llm.bind_tools(TOOLS) if has_tools else llm
    events = llm.stream_events("?", version="v3")
    assert_valid_event_stream(events)
    expected = in_common(llm.invoke("?"))
    for message in [
        add_chunks(llm.stream("?")),
        events.output,
        *asyncio.run(async_messages(llm)),
    ]:
        assert in_common(message) == expected


@settings(max_examples=40, deadline=None)
@given(conversation=conversations())
def test_each_chunk_has_one_kind_of_content(
    connect: Connect, conversation: tuple[Json, bytes]
) -> None:
    chunks = list(model_for(connect, *conversation).stream("?"))
    for chunk in chunks:
        kinds = [chunk.content, chunk.tool_call_chunks, *chunk.additional_kwargs.values()]
        assert len([kind for kind in kinds if kind]) <= 1
    *others, last = chunks
    assert last.chunk_position == "last"
    assert not last.content
    assert not last.tool_call_chunks
    assert not any(chunk.usage_metadata or chunk.chunk_position for chunk in others)


@settings(max_examples=40, deadline=None)
@given(conversation=conversations())
def test_malformed_arguments_never_become_a_call(
    connect: Connect, conversation: tuple[Json, bytes]
) -> None:
    body, _ = conversation
    message = add_chunks(model_for(connect, *conversation).stream("?"))
    sent = body["choices"][0]["message"].get("tool_calls", [])
    for call in message.tool_calls:
        arguments = sent[int(call["id"].removeprefix("call_"))]["function"]["arguments"]
        assert (json.loads(arguments or "{}") or {}) == call["args"]
    assert len(message.tool_calls) + len(message.invalid_tool_calls) == len(sent)
