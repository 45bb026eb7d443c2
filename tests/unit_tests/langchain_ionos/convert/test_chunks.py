"""Conversion of stream deltas to LangChain chunks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Choice,
    Delta,
    Message,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from ionos_model_hub.wire.tool_calls import CUT_OFF, NOT_AN_OBJECT
from langchain_ionos.convert.chunks import ChunkWriter

LOGPROBS: dict[str, Any] = {"content": [{"token": "Hi", "logprob": -0.1}]}


def test_delta_with_several_kinds_of_content_becomes_several_chunks() -> None:
    calls = (ToolCallDelta(0, "a", "add", "{"), ToolCallDelta(0, arguments="}"))
    delta = Delta(text="Hi", reasoning="Hm.", tool_calls=calls, refusal="No.", logprobs=LOGPROBS)
    messages = [chunk.message for chunk in ChunkWriter().feed(delta)]
    assert [message.content for message in messages] == ["", "Hi", "", ""]
    assert messages[0].additional_kwargs == {"reasoning_content": "Hm."}
    assert isinstance(messages[2], AIMessageChunk)
    assert [piece["args"] for piece in messages[2].tool_call_chunks] == ["{}"]
    assert messages[3].additional_kwargs == {"refusal": "No."}
    assert [m.response_metadata.get("logprobs") for m in messages] == [LOGPROBS, None, None, None]


def test_delta_with_only_log_probabilities_becomes_a_chunk() -> None:
    (chunk,) = ChunkWriter().feed(Delta(logprobs=LOGPROBS))
    assert chunk.message.response_metadata["logprobs"] == LOGPROBS


@pytest.mark.parametrize(
    "delta",
    [
        Delta(text="Hi", reasoning="Hm", refusal="No", logprobs=LOGPROBS),
        Delta(logprobs=LOGPROBS),
        Delta(reasoning="Hm", logprobs=LOGPROBS),
        Delta(text="Hi", tool_calls=(ToolCallDelta(0, "a", "add", "{"),)),
    ],
)
def test_log_probabilities_are_reported_once(delta: Delta) -> None:
    first, *others = [
        c.message.response_metadata.get("logprobs") for c in ChunkWriter().feed(delta)
    ]
    assert first == delta.logprobs
    assert not any(others)


def test_last_chunk_has_usage_and_metadata() -> None:
    completion = ChatCompletion(
        choices=[Choice(0, Message("Hi"), "stop")],
        usage=Usage(7, 5, 12),
        headers={"x-trace-id": "trace-1"},
    )
    *_, last = ChunkWriter().finish(completion)
    assert isinstance(last.message, AIMessageChunk)
    assert last.message.chunk_position == "last"
    assert last.message.usage_metadata is not None
    assert last.message.response_metadata["headers"]["x-trace-id"] == "trace-1"


def stream(arguments: str, error: str | None = None) -> AIMessageChunk:
    """Return the sum of the chunks of a stream with one call."""
    writer = ChunkWriter()
    chunks = writer.feed(Delta(tool_calls=(ToolCallDelta(0, "a", "f"),)))
    for character in arguments:
        chunks += writer.feed(Delta(tool_calls=(ToolCallDelta(0, arguments=character),)))
    call = ToolCall("a", "f", arguments, error)
    chunks += writer.finish(ChatCompletion(choices=[Choice(0, Message(tool_calls=[call]))]))
    message = chunks[0].message
    for chunk in chunks[1:]:
        message = message + chunk.message
    assert isinstance(message, AIMessageChunk)
    return message


MALFORMED = ['{"a": "cut o', '{"a": [1, {"b"', '{"a": "\\', '{"a" 1}', '{"a": 1} {', "{}{}"]


@pytest.mark.parametrize(
    "arguments", [*MALFORMED, "", "{}", '{"a": 1}', "nul", "true", '"x"', "[1"]
)
def test_calls_with_an_error_become_invalid_calls(arguments: str) -> None:
    message = stream(arguments, CUT_OFF)
    assert not message.tool_calls
    (call,) = message.invalid_tool_calls
    assert (call["id"], call["name"]) == ("a", "f")
    assert str(call["args"]).startswith(arguments)


@given(st.text('{}[]":, \\nabc1', max_size=20))
def test_no_arguments_of_a_call_with_an_error_are_accepted(arguments: str) -> None:
    message = stream(arguments, NOT_AN_OBJECT)
    assert not message.tool_calls
    assert len(message.invalid_tool_calls) == 1


@pytest.mark.parametrize("arguments", ["", "{}", "null", "true", "false", " "])
def test_calls_of_tools_without_parameters_are_valid(arguments: str) -> None:
    (call,) = stream(arguments).tool_calls
    assert (call["id"], call["name"], call["args"]) == ("a", "f", {})


def test_arguments_are_passed_on_from_their_opening_brace() -> None:
    writer = ChunkWriter()
    pieces = ["", "\n", '{"a', '": ', "1}"]
    deltas = [Delta(tool_calls=(ToolCallDelta(0, arguments=piece),)) for piece in pieces]
    chunks = [chunk.message for delta in deltas for chunk in writer.feed(delta)]
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
    sent = [chunk.tool_call_chunks[0]["args"] for chunk in chunks]  # type: ignore[attr-defined]  # checked
    assert sent == ['\n{"a', '": ', "1}"]


def test_copied_chunks_equal_validated_ones() -> None:
    (chunk,) = ChunkWriter().feed(Delta(text="Hi"))
    message = AIMessageChunk(
        content="Hi",
        additional_kwargs={},
        response_metadata={"model_provider": "ionos"},
        tool_call_chunks=[],
    )
    assert chunk == ChatGenerationChunk(message=message)
    assert chunk.message == message
    for copied, validated in (
        (chunk.message, message),
        (chunk, ChatGenerationChunk(message=message)),
    ):
        assert vars(copied).keys() == vars(validated).keys()
        assert copied.model_dump(exclude_unset=True) == validated.model_dump(exclude_unset=True)


def test_chunks_share_no_mutable_values() -> None:
    (first,), (second,) = ChunkWriter().feed(Delta(text="a")), ChunkWriter().feed(Delta(text="a"))
    for part in ("message", "text"):
        assert part in vars(first)
    containers = [
        {id(value) for value in vars(chunk.message).values() if isinstance(value, dict | list)}
        for chunk in (first, second)
    ]
    assert len(containers[0]) == 5
    assert not containers[0] & containers[1]
