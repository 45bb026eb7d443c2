"""Separation of reasoning: `<think>` tags and the harmony format."""

from typing import Any

import pytest

from ionos_model_hub.emulator.engine.output_parser import OutputFormat
from ionos_model_hub.emulator.engine.parsed import FunctionCall
from ionos_model_hub.emulator.text import tokens

CALL = FunctionCall("f", {"city": "Köln"})


def output_format(tool_parser: str = "hermes", tool_choice: str = "auto") -> OutputFormat:
    return OutputFormat(tool_parser, True, True, tool_choice, {"f": {}})


def stream(format_: OutputFormat, text: str) -> list[dict[str, Any]]:
    parser = format_.stream(str)
    steps = [*((piece, False) for piece in tokens(text)), ("", True)]
    return [delta for piece, end in steps if (delta := parser.feed(piece, finished=end))]


def joined(deltas: list[dict[str, Any]], key: str) -> str:
    return "".join(delta.get(key) or "" for delta in deltas)


def test_think_tags() -> None:
    text = output_format().render("Hm.", [], "Yes.", is_free_text=True)
    assert text == "<think>\nHm.\n</think>\n\nYes."
    parsed = output_format().parse(text, str)
    assert (parsed.reasoning, parsed.content) == ("\nHm.\n", "\n\nYes.")
    deltas = stream(output_format(), text)
    assert (joined(deltas, "reasoning"), joined(deltas, "content")) == ("\nHm.\n", "\n\nYes.")


def test_truncated_reasoning_has_no_content() -> None:
    parsed = output_format().parse("<think>\nThe user", str)
    assert (parsed.reasoning, parsed.content) == ("\nThe user", None)


def test_partial_end_tag_is_held_back() -> None:
    parser = output_format().stream(str)
    assert parser.feed("a\n</", finished=False) == {"reasoning": "a\n"}
    assert parser.feed("think", finished=False) is None
    assert parser.feed(">b", finished=False) == {"content": "b"}


def test_blank_line_stands_between_reasoning_and_call_in_streams_only() -> None:
    text = output_format().render("Hm.", [CALL], "", is_free_text=True)
    assert output_format().parse(text, str).content is None
    kinds = [next(iter(delta)) for delta in stream(output_format(), text)]
    assert kinds.index("content") > kinds.index("reasoning")
    assert "\n\n" in [delta.get("content") for delta in stream(output_format(), text)]


@pytest.mark.parametrize("calls", [[], [CALL], [CALL, CALL]])
def test_harmony(calls: list[FunctionCall]) -> None:
    format_ = output_format("openai")
    text = format_.render("Hm.", calls, "Yes.", is_free_text=True)
    parsed = format_.parse(text, str)
    assert parsed.reasoning == "Hm."
    assert parsed.content == (None if calls else "Yes.")
    assert [call.arguments for call in parsed.calls] == ['{"city": "K\\u00f6ln"}'] * len(calls)
    deltas = stream(format_, text)
    assert joined(deltas, "reasoning") == "Hm."
    assert joined(deltas, "content") == ("" if calls else "Yes.")
    starts = [call for d in deltas for call in d.get("tool_calls", ()) if "id" in call]
    assert [start["function"] for start in starts] == [{"name": "f", "arguments": ""}] * len(calls)


def test_truncated_harmony_header_becomes_content() -> None:
    parsed = output_format("openai").parse("<|channel|>commentary to=functions.f", str)
    assert (parsed.content, parsed.calls) == ("<|channel|>commentary to=functions.f", ())


def test_truncated_harmony_arguments() -> None:
    text = '<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"ci'
    (call,) = output_format("openai").parse(text, str).calls
    assert (call.name, call.arguments) == ("f", '{"ci')
