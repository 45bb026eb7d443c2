"""One choice is assembled from its deltas, with model quirks fixed."""

from typing import Any

import pytest

from ionos_model_hub.wire.choice_assembly import ChoiceAssembler, merge_logprobs
from ionos_model_hub.wire.response_types import Choice, Delta, Message, ToolCall, ToolCallDelta
from ionos_model_hub.wire.tool_calls import CUT_OFF, LEFT_IN_TEXT
from ionos_model_hub.wire.tool_names import ToolNames

QWEN = "Qwen/Qwen3.5-9B"
MISTRAL = "mistralai/Mistral-Small-24B-Instruct"
GPT_OSS = "openai/gpt-oss-120b"


def assembler(model: str = "", tools: tuple[str, ...] = (), index: int = 0) -> ChoiceAssembler:
    names = ToolNames.of(tools)
    schemas: dict[str, dict[str, object]] = {name: {} for name in tools}
    return ChoiceAssembler(index, model=model, names=names, tools=schemas, seed="seed")


def read(choice: ChoiceAssembler, *deltas: Any) -> tuple[list[Delta], Choice]:
    """Return all deltas of a choice, and the choice."""
    fed = [choice.feed({"delta": delta}) for delta in deltas]
    returned = [delta for delta in (*fed, choice.release()) if delta]
    return returned, choice.choice()


def test_text_is_concatenated() -> None:
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
        {"delta": {}, "finish_reason": 5},
        {"delta": {}, "logprobs": None},
        {"delta": {"reasoning": None, "refusal": None}},
        {"delta": {"reasoning": 5, "refusal": 5}},
    ],
)
def test_empty_deltas_are_not_returned(choice: dict[str, Any]) -> None:
    choice_assembler = assembler()
    assert choice_assembler.feed(choice) is None
    assert choice_assembler.release() is None
    complete = choice_assembler.choice()
    assert complete == Choice(0, Message())
    assert (complete.logprobs, complete.finish_reason) == (None, None)


def test_complete_message_is_one_delta() -> None:
    choice_assembler = assembler()
    message = {
        "role": "assistant",
        "content": "Hallo",
        "reasoning": "Hm.",
        "refusal": "No.",
        "tool_calls": [{"id": "a", "function": {"name": "add", "arguments": "{}"}}],
    }
    delta = choice_assembler.feed({"message": message, "finish_reason": "stop"})
    assert delta == Delta(
        0, "Hallo", "Hm.", (ToolCallDelta(0, "a", "add", "{}"),), "No.", finish_reason="stop"
    )
    complete = choice_assembler.choice()
    assert complete.finish_reason == "stop"
    assert (complete.message.content, complete.message.reasoning) == ("Hallo", "Hm.")
    assert complete.message.refusal == "No."
    assert complete.message.tool_calls == [ToolCall("a", "add", "{}")]


def test_message_beside_an_empty_delta_is_used() -> None:
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
def test_both_field_names_of_reasoning(delta: dict[str, Any]) -> None:
    deltas, choice = read(assembler(), delta, {"reasoning": " So."})
    assert deltas == [Delta(reasoning="Hm."), Delta(reasoning=" So.")]
    assert choice.message.reasoning == "Hm. So."


def test_refusals_are_concatenated() -> None:
    deltas, choice = read(assembler(), {"refusal": "I can"}, {"refusal": "not."})
    assert [delta.refusal for delta in deltas] == ["I can", "not."]
    assert choice.message.refusal == "I cannot."


def test_finish_reason_is_kept() -> None:
    choice_assembler = assembler()
    choice_assembler.feed({"finish_reason": "stop"})
    choice_assembler.feed({"delta": {"content": "x"}, "finish_reason": None})
    assert choice_assembler.choice().finish_reason == choice_assembler.finish_reason == "stop"


def test_log_probabilities_are_concatenated() -> None:
    choice_assembler = assembler()
    for token in "ab":
        given = {"content": [{"token": token}], "refusal": None}
        delta = choice_assembler.feed({"delta": {"content": token}, "logprobs": given})
        assert delta is not None
        assert delta.logprobs == given
    assert choice_assembler.choice().logprobs == {
        "content": [{"token": "a"}, {"token": "b"}],
        "refusal": None,
    }


def test_log_probabilities_without_text_are_returned() -> None:
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
    copy = {name: list(value) if value else value for name, value in (before or {}).items()}
    assert merge_logprobs(before, new) == merged
    assert (before or {}) == copy


def test_empty_pieces_of_calls_are_not_returned() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "add", "arguments": "{}"}}
    deltas, choice = read(
        assembler(), {"tool_calls": [call]}, {"tool_calls": [{"index": 0, "function": {}}]}
    )
    assert deltas == [Delta(tool_calls=(ToolCallDelta(0, "a", "add", "{}"),))]
    assert choice.message.tool_calls == [ToolCall("a", "add", "{}")]


def test_channel_marker_is_removed_and_the_name_restored() -> None:
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
def test_held_back_text_is_returned_at_the_end(content: str, reasoning: str, text: str) -> None:
    deltas, choice = read(assembler(QWEN), {"content": content})
    assert (choice.message.content, choice.message.reasoning) == (text, reasoning)
    assert "".join(delta.text for delta in deltas) == text
    assert "".join(delta.reasoning for delta in deltas) == reasoning


def test_leaked_call_becomes_a_tool_call() -> None:
    deltas, choice = read(
        assembler(MISTRAL, ("a b",)),
        {"content": "Moment. "},
        {"content": '[TOOL_CALLS] a_b{"a": 1}'},
    )
    (call,) = choice.message.tool_calls
    assert (call.name, call.arguments, len(call.id)) == ("a b", '{"a": 1}', 9)
    assert choice.message.content == "Moment. "
    assert deltas[-1].tool_calls == (ToolCallDelta(0, call.id, "a b", '{"a": 1}'),)


def test_text_that_only_looks_like_a_leaked_call_is_returned() -> None:
    deltas, choice = read(assembler(MISTRAL, ("add",)), {"content": "[TOOL_CALLS] add the"})
    assert choice.message.content == "[TOOL_CALLS] add the"
    assert "".join(delta.text for delta in deltas) == "[TOOL_CALLS] add the"


def test_without_a_model_nothing_is_fixed() -> None:
    text = "<think>Hm.</think>[TOOL_CALLS] add{}"
    assert read(assembler("", ("add",)), {"content": text})[1].message.content == text


RAW = '<tool_call>{"name": "add", "arguments": {"a'


@pytest.mark.parametrize("model", ["m", QWEN, MISTRAL])
def test_call_cut_off_in_the_text_becomes_an_invalid_call(model: str) -> None:
    choice_assembler = assembler(model, ("add",))
    choice_assembler.feed({"delta": {"content": "Sure. "}})
    choice_assembler.feed({"delta": {"content": RAW}, "finish_reason": "length"})
    delta = choice_assembler.release()
    message = choice_assembler.choice().message
    (call,) = message.tool_calls
    assert (call.name, call.arguments, call.error) == ("add", RAW, CUT_OFF)
    assert message.content == f"Sure. {RAW}"
    assert delta is not None
    assert delta.tool_calls == (ToolCallDelta(0, call.id, "add", RAW),)


def test_complete_calls_before_a_raw_one_stay_valid() -> None:
    choice_assembler = assembler("m", ("add", "now"))
    call = {"id": "a", "function": {"name": "now", "arguments": "{}"}}
    choice_assembler.feed({"delta": {"tool_calls": [call], "content": RAW}})
    choice_assembler.feed({"delta": {}, "finish_reason": "length"})
    choice_assembler.release()
    calls = choice_assembler.choice().message.tool_calls
    assert [(each.name, each.error) for each in calls] == [("now", None), ("add", CUT_OFF)]


def test_malformed_call_in_the_text_is_reported() -> None:
    choice_assembler = assembler("m", ("add",))
    choice_assembler.feed({"delta": {"content": RAW}, "finish_reason": "stop"})
    choice_assembler.release()
    assert choice_assembler.choice().message.tool_calls[0].error == LEFT_IN_TEXT


@pytest.mark.parametrize(("model", "tools"), [("", ("add",)), ("m", ())])
def test_raw_calls_are_not_searched_without_tools_or_with_quirks_disabled(
    model: str, tools: tuple[str, ...]
) -> None:
    choice_assembler = assembler(model, tools)
    choice_assembler.feed({"delta": {"content": RAW}, "finish_reason": "length"})
    assert choice_assembler.release() is None
    assert choice_assembler.choice().message.tool_calls == []


def test_calls_of_a_complete_message_with_the_same_id_are_kept_apart() -> None:
    call = {"id": "a", "function": {"name": "add", "arguments": "{}"}}
    choice = assembler()
    choice.feed({"message": {"tool_calls": [call, call]}})
    first, second = choice.choice().message.tool_calls
    assert (first.arguments, second.arguments) == ("{}", "{}")
    assert first.id == "a" != second.id
