"""Conversion of stream deltas to LangChain's content-block events."""

from typing import Any

from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Choice,
    Delta,
    Message,
    ToolCallDelta,
    Usage,
)
from langchain_ionos.convert.stream_events import EventWriter

LOGPROBS: dict[str, Any] = {"content": [{"token": "Hi", "logprob": -0.1}]}
COMPLETION = ChatCompletion(
    choices=[Choice(0, Message("Hi", "Hm."), "stop", LOGPROBS)], usage=Usage(7, 5, 12)
)


def write(*deltas: Delta, completion: ChatCompletion = COMPLETION) -> list[Any]:
    writer = EventWriter("requested/model")
    events = [event for delta in deltas for event in writer.feed(delta)]
    return [*events, *writer.finish(completion)]


def finished_blocks(events: list[Any]) -> list[Any]:
    return [event["content"] for event in events if event["event"] == "content-block-finish"]


def test_events_of_a_message() -> None:
    events = write(Delta(reasoning="Hm"), Delta(reasoning="."), Delta(text="Hi"))
    assert events[0] == {
        "event": "message-start",
        "role": "ai",
        "id": "",
        "metadata": {"provider": "ionos", "model": "requested/model"},
    }
    assert finished_blocks(events) == [
        {"type": "reasoning", "reasoning": "Hm."},
        {"type": "text", "text": "Hi"},
    ]
    assert [event["event"].removeprefix("content-block-") for event in events[1:-1]] == [
        *("start", "delta", "delta", "finish"),
        *("start", "delta", "finish"),
    ]
    assert events[-1]["usage"]["total_tokens"] == 12
    assert events[-1]["metadata"]["finish_reason"] == "stop"
    assert events[-1]["metadata"]["logprobs"] == LOGPROBS


def test_message_without_content_has_start_and_finish() -> None:
    completion = ChatCompletion(choices=[Choice(0, Message(), "stop")])
    assert [event["event"] for event in write(completion=completion)] == [
        "message-start",
        "message-finish",
    ]


def test_interleaved_parallel_calls_become_consecutive_blocks() -> None:
    def piece(index: int, arguments: str, name: str = "") -> Delta:
        id_ = f"call_{index}" if name else ""
        return Delta(tool_calls=(ToolCallDelta(index, id_, name, arguments),))

    events = write(
        piece(0, "", "add"),
        piece(1, '{"x"', "sub"),
        piece(0, '{"x": 1'),
        Delta(text="Both."),
        piece(1, ": 2}"),
        piece(0, "}"),
        piece(0, "\n"),
    )
    assert finished_blocks(events) == [
        {"type": "tool_call", "id": "call_0", "name": "add", "args": {"x": 1}},
        {"type": "tool_call", "id": "call_1", "name": "sub", "args": {"x": 2}},
        {"type": "text", "text": "Both."},
    ]
    deltas = [event["delta"] for event in events if event["event"] == "content-block-delta"]
    assert deltas[0] == {"type": "tool-call-delta", "args": '{"x": 1'}
    starts = [event for event in events if event["event"] == "content-block-start"]
    assert [event["index"] for event in starts] == [0, 1, 2]


def test_refusal_is_a_block_and_an_additional_kwarg() -> None:
    completion = ChatCompletion(choices=[Choice(0, Message(refusal="No."), "stop")])
    events = write(Delta(refusal="N"), Delta(refusal="o."), completion=completion)
    assert "No." in str(finished_blocks(events))
    assert events[-1]["additional_kwargs"] == {"refusal": "No."}
