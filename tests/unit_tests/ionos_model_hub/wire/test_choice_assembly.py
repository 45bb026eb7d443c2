"""One of the `n` answers comes together from its deltas, clean and whole."""

from typing import Any

import pytest

from ionos_model_hub.wire.choice_assembly import ChoiceAssembler, merge_logprobs
from ionos_model_hub.wire.response_types import Choice, Delta, ToolCall, ToolCallDelta
from ionos_model_hub.wire.tool_names import ToolNames

QWEN = "Qwen/Qwen3.5-9B"
MISTRAL = "mistralai/Mistral-Small-24B-Instruct"
GPT_OSS = "openai/gpt-oss-120b"


def assembler(model: str = "", tools: tuple[str, ...] = (), index: int = 0) -> ChoiceAssembler:
    names = ToolNames.of(tools)
    schemas: dict[str, dict[str, object]] = {name: {} for name in tools}
    return ChoiceAssembler(index, model=model, names=names, tools=schemas, seed="seed")


def read(choice: ChoiceAssembler, *deltas: Any) -> tuple[list[Delta], Choice]:
    """Feed deltas to the end; return what was handed out, and the whole choice."""
    fed = [choice.feed({"delta": delta}) for delta in deltas]
    handed_out = [delta for delta in (*fed, choice.release()) if delta]
    return handed_out, choice.choice()


def test_text_is_joined() -> None:
    deltas, choice = read(assembler(index=2), {"content": "Hal"}, {"content": "lo"})
    assert deltas == [Delta(2, "Hal"), Delta(2, "lo")]
    assert (choice.index, choice.message.content) == (2, "Hallo")


@pytest.mark.parametrize(
    "choice",
    [
        {"delta": None},
        {"delta": {}},
        {},
        {"delta": "x"},
        {"delta": {"content": ""}},
        {"delta": {"content": None, "role": "assistant"}},
        {"delta": {"content": 5}},
        {"delta": {"tool_calls": None}},
        {"delta": {"tool_calls": []}},
        {"delta": {"tool_calls": {"id": "a"}}},
        {"delta": {}, "finish_reason": None},
        {"delta": {}, "finish_reason": ""},
        {"delta": {}, "logprobs": None},
        {"delta": {"reasoning": None, "refusal": None}},
    ],
)
def test_a_delta_that_says_nothing_is_not_handed_out(choice: dict[str, Any]) -> None:
    taker = assembler()
    assert taker.feed(choice) is None
    assert taker.release() is None
    message = taker.choice().message
    assert (message.content, message.reasoning, message.tool_calls) == ("", "", [])


def test_a_message_is_one_large_delta() -> None:
    taker = assembler()
    message = {
        "role": "assistant",
        "content": "Hallo",
        "reasoning": "Hm.",
        "refusal": "No.",
        "tool_calls": [{"id": "a", "function": {"name": "add", "arguments": "{}"}}],
    }
    delta = taker.feed({"message": message, "finish_reason": "stop"})
    assert delta == Delta(
        0, "Hallo", "Hm.", (ToolCallDelta(0, "a", "add", "{}"),), "No.", finish_reason="stop"
    )
    whole = taker.choice()
    assert whole.finish_reason == "stop"
    assert (whole.message.content, whole.message.reasoning) == ("Hallo", "Hm.")
    assert whole.message.refusal == "No."
    assert whole.message.tool_calls == [ToolCall("a", "add", "{}")]


def test_a_message_beside_an_empty_delta_is_read() -> None:
    assert assembler().feed({"delta": {}, "message": {"content": "Hallo"}}) == Delta(0, "Hallo")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "Hal"}, {"type": "text", "text": "lo"}], "Hallo"),
        ([{"type": "image_url"}, "x", None, {"text": 5}, {"text": "a"}], "a"),
        ([], ""),
    ],
)
def test_content_in_parts(content: Any, text: str) -> None:
    assert read(assembler(), {"content": content})[1].message.content == text


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning": "Hm."},
        {"reasoning_content": "Hm."},
        {"reasoning": "Hm.", "reasoning_content": "Hm."},
        {"reasoning": "", "reasoning_content": "Hm."},
        {"reasoning": None, "reasoning_content": "Hm.", "content": None},
    ],
)
def test_both_names_of_reasoning(delta: dict[str, Any]) -> None:
    deltas, choice = read(assembler(), delta, {"reasoning": " So."})
    assert deltas == [Delta(reasoning="Hm."), Delta(reasoning=" So.")]
    assert choice.message.reasoning == "Hm. So."


def test_refusals_are_joined() -> None:
    deltas, choice = read(assembler(), {"refusal": "I can"}, {"refusal": "not."})
    assert [delta.refusal for delta in deltas] == ["I can", "not."]
    assert choice.message.refusal == "I cannot."


def test_the_last_finish_reason_stays() -> None:
    taker = assembler()
    taker.feed({"finish_reason": "stop"})
    taker.feed({"delta": {"content": "x"}, "finish_reason": None})
    assert taker.choice().finish_reason == taker.finish_reason == "stop"


def test_log_probabilities_are_joined() -> None:
    taker = assembler()
    for token in "ab":
        given = {"content": [{"token": token}], "refusal": None}
        delta = taker.feed({"delta": {"content": token}, "logprobs": given})
        assert delta is not None
        assert delta.logprobs == given
    assert taker.choice().logprobs == {"content": [{"token": "a"}, {"token": "b"}], "refusal": None}


def test_log_probabilities_alone_are_handed_out() -> None:
    assert assembler().feed({"delta": {}, "logprobs": {"content": []}}) == Delta(
        logprobs={"content": []}
    )


@pytest.mark.parametrize(
    ("before", "new", "merged"),
    [
        (None, {"content": [1]}, {"content": [1]}),
        ({"content": [1]}, {"content": [2]}, {"content": [1, 2]}),
        ({"content": None}, {"content": [2]}, {"content": [2]}),
        ({"content": [1]}, {"refusal": [2]}, {"content": [1], "refusal": [2]}),
    ],
)
def test_merging_of_log_probabilities(before: Any, new: Any, merged: Any) -> None:
    kept = {name: list(value) if value else value for name, value in (before or {}).items()}
    assert merge_logprobs(before, new) == merged
    assert (before or {}) == kept


# -- quirks


def test_pieces_of_calls_without_news_are_dropped() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "add", "arguments": "{}"}}
    deltas, choice = read(
        assembler(), {"tool_calls": [call]}, {"tool_calls": [{"index": 0, "function": {}}]}
    )
    assert deltas == [Delta(tool_calls=(ToolCallDelta(0, "a", "add", "{}"),))]
    assert choice.message.tool_calls == [ToolCall("a", "add", "{}")]


def test_a_marked_name_is_mended_and_turned_back() -> None:
    call = {"id": "a", "function": {"name": "wetter_heute<|channel|>commentary", "arguments": ""}}
    choice = read(assembler(GPT_OSS, ("wetter.heute",)), {"tool_calls": [call]})[1]
    assert choice.message.tool_calls[0].name == "wetter.heute"


def test_thinking_in_content_becomes_reasoning() -> None:
    deltas, choice = read(
        assembler(QWEN),
        {"content": "<think>Hm", "reasoning": "R. "},
        {"content": ".</th"},
        {"content": "ink>Ja."},
    )
    assert deltas == [
        Delta(reasoning="R. Hm"),
        Delta(reasoning="."),
        Delta(text="Ja."),
    ]
    assert (choice.message.content, choice.message.reasoning) == ("Ja.", "R. Hm.")


@pytest.mark.parametrize(
    ("content", "reasoning", "text"),
    [("<think>Hm.</th", "Hm.</th", ""), ("<thi", "", "<thi"), ("Ja.", "", "Ja.")],
)
def test_what_was_held_back_comes_at_the_end(content: str, reasoning: str, text: str) -> None:
    deltas, choice = read(assembler(QWEN), {"content": content})
    assert (choice.message.content, choice.message.reasoning) == (text, reasoning)
    assert "".join(delta.text for delta in deltas) == text
    assert "".join(delta.reasoning for delta in deltas) == reasoning


def test_a_leaked_call_becomes_a_call() -> None:
    deltas, choice = read(
        assembler(MISTRAL, ("a b",)),
        {"content": "Moment. "},
        {"content": '[TOOL_CALLS] a_b{"a": 1}'},
    )
    (call,) = choice.message.tool_calls
    assert (call.name, call.arguments, len(call.id)) == ("a b", '{"a": 1}', 9)
    assert choice.message.content == "Moment. "
    assert deltas[-1].tool_calls == (ToolCallDelta(0, call.id, "a b", '{"a": 1}'),)


def test_a_leak_that_is_none_is_given_back_as_text() -> None:
    deltas, choice = read(assembler(MISTRAL, ("add",)), {"content": "[TOOL_CALLS] add the"})
    assert choice.message.content == "[TOOL_CALLS] add the"
    assert "".join(delta.text for delta in deltas) == "[TOOL_CALLS] add the"


def test_nothing_is_mended_for_no_model() -> None:
    text = "<think>Hm.</think>[TOOL_CALLS] add{}"
    assert read(assembler("", ("add",)), {"content": text})[1].message.content == text
