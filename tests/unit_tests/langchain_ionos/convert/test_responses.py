"""The hub's answers as LangChain messages, chunks and events."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.block_translators import PROVIDER_TRANSLATORS
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
from langchain_ionos.convert.responses import (
    read_arguments,
    result_of,
    summed_token_usage,
    usage_of,
)
from langchain_ionos.convert.stream_events import EventWriter

LOGPROBS: dict[str, Any] = {"content": [{"token": "Hi", "logprob": -0.1}]}
WHOLE = ChatCompletion(
    id="chatcmpl-1",
    model="some/model",
    choices=[
        Choice(
            0,
            Message("Hi", "Hm.", [ToolCall("a", "add", '{"x": 1}'), ToolCall("b", "add", "{")], ""),
            "tool_calls",
            LOGPROBS,
        )
    ],
    usage=Usage(7, 5, 12, 2, 3),
    system_fingerprint="fp_1",
    headers={"x-trace-id": "trace-1", "x-ratelimit-remaining": "4"},
)


def test_a_whole_message() -> None:
    result = result_of(WHOLE)
    (generation,) = result.generations
    message = generation.message
    assert isinstance(message, AIMessage)
    assert message.content == "Hi"
    assert message.additional_kwargs == {"reasoning_content": "Hm."}
    assert message.tool_calls == [{"type": "tool_call", "id": "a", "name": "add", "args": {"x": 1}}]
    (invalid,) = message.invalid_tool_calls
    assert (invalid["id"], invalid["args"]) == ("b", "{")
    assert message.usage_metadata == {
        "input_tokens": 7,
        "output_tokens": 5,
        "total_tokens": 12,
        "input_token_details": {"cache_read": 2},
        "output_token_details": {"reasoning": 3},
    }
    assert message.response_metadata == {
        "model_provider": "ionos",
        "model_name": "some/model",
        "finish_reason": "tool_calls",
        "id": "chatcmpl-1",
        "system_fingerprint": "fp_1",
        "headers": {"x-trace-id": "trace-1", "x-ratelimit-remaining": "4"},
        "logprobs": LOGPROBS,
    }
    assert message.id is None
    assert result.llm_output is not None
    assert result.llm_output["token_usage"]["total_tokens"] == 12


def test_details_of_usage_only_where_they_were_sent() -> None:
    assert usage_of(Usage(1, 2, 3)) == {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    assert usage_of(None) is None


def test_tokens_of_several_answers_count_once() -> None:
    choices = [Choice(index, Message(str(index)), "stop") for index in range(3)]
    result = result_of(ChatCompletion(choices=choices, usage=Usage(7, 5, 12)))
    told = [generation.message.usage_metadata for generation in result.generations]  # type: ignore[attr-defined]  # they are AIMessages
    assert [usage is not None for usage in told] == [True, False, False]
    assert [generation.text for generation in result.generations] == ["0", "1", "2"]


def test_token_counts_of_several_calls_add_up() -> None:
    output = result_of(WHOLE).llm_output
    total = summed_token_usage([output, None, output])
    assert total["token_usage"] == {"input_tokens": 14, "output_tokens": 10, "total_tokens": 24}
    assert total["model_name"] == "some/model"
    assert summed_token_usage([None]) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("{}", {}),
        ('{"a": "b\nc"}', {"a": "b\nc"}),
        ("[1]", None),
        ("null", None),
        ("{", None),
    ],
)
def test_arguments(text: str, expected: dict[str, Any] | None) -> None:
    assert read_arguments(text) == expected


def test_a_delta_of_several_kinds_becomes_several_chunks() -> None:
    calls = (ToolCallDelta(0, "a", "add", "{"), ToolCallDelta(0, arguments="}"))
    delta = Delta(text="Hi", reasoning="Hm.", tool_calls=calls, refusal="No.", logprobs=LOGPROBS)
    messages = [chunk.message for chunk in to_chunks(delta)]
    assert [message.content for message in messages] == ["", "Hi", "", ""]
    assert messages[0].additional_kwargs == {"reasoning_content": "Hm."}
    assert isinstance(messages[2], AIMessageChunk)
    assert [piece["args"] for piece in messages[2].tool_call_chunks] == ["{}"]
    assert messages[3].additional_kwargs == {"refusal": "No."}
    assert [m.response_metadata.get("logprobs") for m in messages] == [LOGPROBS, None, None, None]


def test_log_probabilities_alone_are_a_chunk_too() -> None:
    (chunk,) = to_chunks(Delta(logprobs=LOGPROBS))
    assert chunk.message.response_metadata["logprobs"] == LOGPROBS


def test_the_last_chunk_tells_what_is_known_at_the_end() -> None:
    *_, last = final_chunks(WHOLE)
    assert isinstance(last.message, AIMessageChunk)
    assert last.message.chunk_position == "last"
    assert last.message.usage_metadata is not None
    assert last.message.response_metadata["headers"]["x-trace-id"] == "trace-1"


@pytest.mark.parametrize(
    "arguments", ['{"a": "cut o', '{"a": [1, {"b"', '{"a": "\\', '{"a" 1}', '{"a": 1} {', "{}{}"]
)
def test_broken_arguments_end_in_a_way_nobody_takes_for_whole(arguments: str) -> None:
    answer = ChatCompletion(
        choices=[Choice(0, Message(tool_calls=[ToolCall("a", "f", arguments)]))]
    )
    (first,) = to_chunks(Delta(tool_calls=(ToolCallDelta(0, "a", "f", arguments),)))
    whole = first
    for chunk in final_chunks(answer):
        whole = whole + chunk
    assert isinstance(whole.message, AIMessageChunk)
    assert not whole.message.tool_calls
    (call,) = whole.message.invalid_tool_calls
    assert (call["id"], call["name"]) == ("a", "f")
    assert str(call["args"]).startswith(arguments)


def events_of(*deltas: Delta, answer: ChatCompletion = WHOLE) -> list[Any]:
    writer = EventWriter("asked/model")
    events = [event for delta in deltas for event in writer.feed(delta)]
    return [*events, *writer.finish(answer)]


def finished(events: list[Any]) -> list[Any]:
    return [event["content"] for event in events if event["event"] == "content-block-finish"]


def test_events_of_a_message() -> None:
    events = events_of(Delta(reasoning="Hm"), Delta(reasoning="."), Delta(text="Hi"))
    assert events[0] == {
        "event": "message-start",
        "role": "ai",
        "id": "",
        "metadata": {"provider": "ionos", "model": "asked/model"},
    }
    assert finished(events) == [
        {"type": "reasoning", "reasoning": "Hm."},
        {"type": "text", "text": "Hi"},
    ]
    assert [event["event"].removeprefix("content-block-") for event in events[1:-1]] == [
        *("start", "delta", "delta", "finish"),
        *("start", "delta", "finish"),
    ]
    assert events[-1]["usage"]["total_tokens"] == 12
    assert events[-1]["metadata"]["finish_reason"] == "tool_calls"
    assert events[-1]["metadata"]["logprobs"] == LOGPROBS


def test_an_answer_without_content_has_events_too() -> None:
    answer = ChatCompletion(choices=[Choice(0, Message(), "stop")])
    assert [event["event"] for event in events_of(answer=answer)] == [
        "message-start",
        "message-finish",
    ]


def test_mixed_pieces_of_parallel_calls_become_one_block_after_the_other() -> None:
    def piece(index: int, arguments: str, name: str = "") -> Delta:
        id_ = f"call_{index}" if name else ""
        return Delta(tool_calls=(ToolCallDelta(index, id_, name, arguments),))

    events = events_of(
        piece(0, "", "add"),
        piece(1, '{"x"', "sub"),
        piece(0, '{"x": 1'),
        Delta(text="Both."),
        piece(1, ": 2}"),
        piece(0, "}"),
        piece(0, "\n"),
    )
    assert finished(events) == [
        {"type": "tool_call", "id": "call_0", "name": "add", "args": {"x": 1}},
        {"type": "tool_call", "id": "call_1", "name": "sub", "args": {"x": 2}},
        {"type": "text", "text": "Both."},
    ]
    deltas = [event["delta"] for event in events if event["event"] == "content-block-delta"]
    assert deltas[0] == {"type": "tool-call-delta", "args": '{"x": 1'}
    starts = [event for event in events if event["event"] == "content-block-start"]
    assert [event["index"] for event in starts] == [0, 1, 2]


def test_a_refusal_is_an_event_and_stands_beside_the_content() -> None:
    answer = ChatCompletion(choices=[Choice(0, Message(refusal="No."), "stop")])
    events = events_of(Delta(refusal="N"), Delta(refusal="o."), answer=answer)
    assert "No." in str(finished(events))
    assert events[-1]["additional_kwargs"] == {"refusal": "No."}


def test_blocks_of_a_message() -> None:
    (generation,) = result_of(WHOLE).generations
    message = generation.message
    assert [block["type"] for block in message.content_blocks] == [
        "reasoning",
        "text",
        "tool_call",
        "invalid_tool_call",
    ]
    refusing = AIMessage(
        "", additional_kwargs={"refusal": "No."}, response_metadata={"model_provider": "ionos"}
    )
    assert "No." in str(refusing.content_blocks)


def test_blocks_that_are_in_the_content_already_are_left_to_langchain() -> None:
    block = {"type": "text", "text": "Hi"}
    for kind in (AIMessage, AIMessageChunk):
        message = kind([block], response_metadata={"model_provider": "ionos"})
        assert message.content_blocks == [block]


def test_blocks_are_readable_without_this_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(PROVIDER_TRANSLATORS, "ionos")
    (generation,) = result_of(WHOLE).generations
    blocks = generation.message.content_blocks
    assert {"reasoning", "text", "tool_call"} <= {block["type"] for block in blocks}


def test_chunks_are_what_langchain_would_have_validated() -> None:
    (chunk,) = to_chunks(Delta(text="Hi"))
    message = AIMessageChunk(
        content="Hi",
        additional_kwargs={},
        response_metadata={"model_provider": "ionos"},
        tool_call_chunks=[],
    )
    assert chunk == ChatGenerationChunk(message=message)
    assert chunk.message == message
    for made, validated in (
        (chunk.message, message),
        (chunk, ChatGenerationChunk(message=message)),
    ):
        assert vars(made).keys() == vars(validated).keys()
        assert made.model_dump(exclude_unset=True) == validated.model_dump(exclude_unset=True)


def test_chunks_share_nothing_that_can_be_changed() -> None:
    (first,), (second,) = to_chunks(Delta(text="a")), to_chunks(Delta(text="a"))
    for part in ("message", "text"):
        assert part in vars(first)
    containers = [
        {id(value) for value in vars(chunk.message).values() if isinstance(value, dict | list)}
        for chunk in (first, second)
    ]
    assert len(containers[0]) == 5
    assert not containers[0] & containers[1]


@pytest.mark.parametrize(
    "delta",
    [
        Delta(text="Hi", reasoning="Hm", refusal="No", logprobs=LOGPROBS),
        Delta(logprobs=LOGPROBS),
        Delta(reasoning="Hm", logprobs=LOGPROBS),
        Delta(text="Hi", tool_calls=(ToolCallDelta(0, "a", "add", "{"),)),
    ],
)
def test_log_probabilities_are_told_once(delta: Delta) -> None:
    told = [chunk.message.response_metadata.get("logprobs") for chunk in to_chunks(delta)]
    assert told[0] == delta.logprobs
    assert not any(told[1:])
