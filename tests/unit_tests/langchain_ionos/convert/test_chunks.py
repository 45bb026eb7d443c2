"""Conversion of stream deltas to LangChain chunks."""

from typing import Any

import pytest
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
from langchain_ionos.convert.chunks import final_chunks, to_chunks

LOGPROBS: dict[str, Any] = {"content": [{"token": "Hi", "logprob": -0.1}]}


def test_delta_with_several_kinds_of_content_becomes_several_chunks() -> None:
    calls = (ToolCallDelta(0, "a", "add", "{"), ToolCallDelta(0, arguments="}"))
    delta = Delta(text="Hi", reasoning="Hm.", tool_calls=calls, refusal="No.", logprobs=LOGPROBS)
    messages = [chunk.message for chunk in to_chunks(delta)]
    assert [message.content for message in messages] == ["", "Hi", "", ""]
    assert messages[0].additional_kwargs == {"reasoning_content": "Hm."}
    assert isinstance(messages[2], AIMessageChunk)
    assert [piece["args"] for piece in messages[2].tool_call_chunks] == ["{}"]
    assert messages[3].additional_kwargs == {"refusal": "No."}
    assert [m.response_metadata.get("logprobs") for m in messages] == [LOGPROBS, None, None, None]


def test_delta_with_only_log_probabilities_becomes_a_chunk() -> None:
    (chunk,) = to_chunks(Delta(logprobs=LOGPROBS))
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
    first, *others = [c.message.response_metadata.get("logprobs") for c in to_chunks(delta)]
    assert first == delta.logprobs
    assert not any(others)


def test_last_chunk_has_usage_and_metadata() -> None:
    completion = ChatCompletion(
        choices=[Choice(0, Message("Hi"), "stop")],
        usage=Usage(7, 5, 12),
        headers={"x-trace-id": "trace-1"},
    )
    *_, last = final_chunks(completion)
    assert isinstance(last.message, AIMessageChunk)
    assert last.message.chunk_position == "last"
    assert last.message.usage_metadata is not None
    assert last.message.response_metadata["headers"]["x-trace-id"] == "trace-1"


@pytest.mark.parametrize(
    "arguments", ['{"a": "cut o', '{"a": [1, {"b"', '{"a": "\\', '{"a" 1}', '{"a": 1} {', "{}{}"]
)
def test_malformed_arguments_become_an_invalid_call(arguments: str) -> None:
    completion = ChatCompletion(
        choices=[Choice(0, Message(tool_calls=[ToolCall("a", "f", arguments)]))]
    )
    (chunk,) = to_chunks(Delta(tool_calls=(ToolCallDelta(0, "a", "f", arguments),)))
    for final in final_chunks(completion):
        chunk = chunk + final
    assert isinstance(chunk.message, AIMessageChunk)
    assert not chunk.message.tool_calls
    (call,) = chunk.message.invalid_tool_calls
    assert (call["id"], call["name"]) == ("a", "f")
    assert str(call["args"]).startswith(arguments)


def test_copied_chunks_equal_validated_ones() -> None:
    (chunk,) = to_chunks(Delta(text="Hi"))
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
    (first,), (second,) = to_chunks(Delta(text="a")), to_chunks(Delta(text="a"))
    for part in ("message", "text"):
        assert part in vars(first)
    containers = [
        {id(value) for value in vars(chunk.message).values() if isinstance(value, dict | list)}
        for chunk in (first, second)
    ]
    assert len(containers[0]) == 5
    assert not containers[0] & containers[1]
