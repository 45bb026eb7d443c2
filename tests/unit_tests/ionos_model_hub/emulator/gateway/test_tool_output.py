"""Messages and tool calls are read from JSON while it arrives."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.gateway.tool_output import ToolOutput, ToolStream, complete_response

ARGUMENTS = st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.text()), max_size=3)


def cut(text: str, sizes: Sequence[int]) -> list[str]:
    pieces = []
    for size in sizes:
        pieces.append(text[:size])
        text = text[size:]
    return [*pieces, text]


def feed(pieces: Sequence[str]) -> list[dict[str, Any]]:
    output = ToolOutput("id", 0)
    deltas = [delta for piece in pieces for delta in output.feed(piece)]
    return [*deltas, *output.finish()]


@given(st.text(), st.lists(st.integers(1, 9)))
def test_text_is_passed_on_as_it_arrives(text: str, sizes: list[int]) -> None:
    deltas = feed(cut(json.dumps({"message": text}), sizes))
    assert "".join(delta["content"] for delta in deltas) == text


def test_text_is_not_held_back() -> None:
    assert list(ToolOutput("id", 0).feed('{"message": "Hello wor')) == [{"content": "Hello wor"}]


@given(st.lists(ARGUMENTS, min_size=1, max_size=3), st.lists(st.integers(1, 9)))
def test_calls_are_read(arguments: list[dict[str, Any]], sizes: list[int]) -> None:
    calls = [{"name": f"tool{n}", "arguments": each} for n, each in enumerate(arguments)]
    deltas = feed(cut(json.dumps({"tool_calls": calls}), sizes))
    functions = [delta["tool_calls"][0]["function"] for delta in deltas]
    assert [function["name"] for function in functions] == [call["name"] for call in calls]
    assert [json.loads(function["arguments"]) for function in functions] == arguments
    assert len({delta["tool_calls"][0]["id"] for delta in deltas}) == len(calls)
    assert [delta["tool_calls"][0]["index"] for delta in deltas] == list(range(len(calls)))


def test_equal_calls_are_left_out() -> None:
    call = '{"name": "f", "arguments": {"a": 1}}'
    other = '{"name": "f", "arguments": {"a": 2}}'
    deltas = feed([f'{{"tool_calls": [{call}, {call}, {other}, {call}]}}'])
    arguments = [delta["tool_calls"][0]["function"]["arguments"] for delta in deltas]
    assert arguments == ['{"a": 1}', '{"a": 2}']


def test_call_that_was_cut_off_keeps_its_incomplete_arguments() -> None:
    deltas = feed(['{"tool_calls": [{"name": "f", "arguments": {"city": "Ber'])
    assert deltas[0]["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"city": "Ber'}


def test_call_that_was_cut_off_after_its_arguments_is_complete() -> None:
    deltas = feed(['{"tool_calls": [{"name": "f", "arguments": {"a": {}}}, {"na'])
    assert deltas[0]["tool_calls"][0]["function"]["arguments"] == '{"a": {}}'
    deltas = feed(['{"tool_calls": [{"name": "f", "arguments": {}} '])
    assert deltas[0]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_call_that_was_cut_off_before_its_arguments_is_left_out() -> None:
    assert feed(['{"tool_calls": [{"name": "f"']) == []


def test_structured_message_becomes_json_text() -> None:
    assert feed(['{"message": {"a"', ': "ü"}}']) == [{"content": '{"a": "ü"}'}]


@pytest.mark.parametrize("text", ["no JSON", "[1]", '{"other": 1}'])
def test_other_output_has_no_content(text: str) -> None:
    assert feed([text]) == []


def test_complete_response() -> None:
    text = '{"tool_calls": [{"name": "f", "arguments": {}}]}'
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    changed = complete_response({"id": "x", "choices": [choice]})["choices"][0]
    assert changed["finish_reason"] == "tool_calls"
    assert changed["message"]["content"] is None
    assert changed["message"]["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}


def test_stream_ends_with_the_finish_reason_and_usage() -> None:
    stream = ToolStream()
    chunks: list[dict[str, Any]] = [
        {"id": "x", "choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]},
        {"id": "x", "choices": [{"index": 0, "delta": {"content": '{"message": "Hi"}'}}]},
        {"id": "x", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"id": "x", "choices": [], "usage": {"total_tokens": 3}},
    ]
    results = [each for chunk in chunks for each in stream.read(chunk)]
    assert [each["choices"][0]["delta"] for each in results[:-1]] == [
        {"role": "assistant", "content": ""},
        {"content": "Hi"},
        {},
    ]
    assert results[-2]["choices"][0]["finish_reason"] == "stop"
    assert results[-1] == chunks[-1]
