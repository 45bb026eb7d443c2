import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage, ThinkingBlock, ToolCallBlock
from llama_index.core.llms import ChatResponse

from ionos_model_hub import (
    ChatCompletion,
    Choice,
    Completion,
    Delta,
    Message,
    TextChoice,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from llama_index_ionos import IONOS
from llama_index_ionos.convert.raw import is_partial
from llama_index_ionos.convert.responses import (
    ParseOptions,
    StreamAccumulator,
    to_chat_response,
)

HELLO = [ChatMessage("Hallo")]
CALLS = [ToolCall("c1", "add", '{"a": 1}'), ToolCall("c2", "sub", "{}")]


def completion(message: Message, usage: Usage | None = None) -> ChatCompletion:
    return ChatCompletion("id", "m", 7, [Choice(0, message, "stop")], usage)


def block_types(response: ChatResponse) -> list[str]:
    return [block.block_type for block in response.message.blocks]


def test_block_order_and_tool_calls_in_additional_kwargs() -> None:
    usage = Usage(1, 2, 3, reasoning_tokens=2)
    response = to_chat_response(completion(Message("Text", "Hm.", CALLS), usage))

    assert block_types(response) == ["text", "thinking", "tool_call", "tool_call"]
    assert response.message.content == "Text"
    assert response.message.blocks[1] == ThinkingBlock(content="Hm.", num_tokens=2)
    assert response.message.additional_kwargs["tool_calls"] == [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": args}}
        for call, args in zip(CALLS, ['{"a": 1}', "{}"], strict=True)
    ]
    assert response.additional_kwargs == {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "total_tokens": 3,
        "input_tokens": 1,
        "output_tokens": 2,
    }


def test_empty_response_has_empty_text() -> None:
    response = to_chat_response(completion(Message()))
    assert block_types(response) == ["text"]
    assert response.message.content == ""
    assert response.additional_kwargs == {}


def test_single_tool_call_keeps_only_the_first() -> None:
    response = to_chat_response(
        completion(Message(tool_calls=CALLS)), ParseOptions(single_tool_call=True)
    )
    assert block_types(response) == ["tool_call"]
    assert len(response.message.additional_kwargs["tool_calls"]) == 1
    assert len(response.raw["choices"][0]["message"]["tool_calls"]) == 2  # type: ignore[index]


def test_refusal_is_text_and_in_additional_kwargs() -> None:
    response = to_chat_response(completion(Message(refusal="I may not.")))
    assert response.message.content == "I may not."
    assert response.message.additional_kwargs == {"refusal": "I may not."}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (Message("", "Hm."), "Hm."),
        (Message("Yes.", "Hm."), "Yes."),
        (Message("", "Hm.", CALLS), None),
    ],
)
def test_promote_reasoning(message: Message, text: str | None) -> None:
    options = ParseOptions(promote_reasoning=True)
    assert to_chat_response(completion(message), options).message.content == text


def test_promoted_reasoning_is_streamed_as_delta() -> None:
    accumulator = StreamAccumulator(ParseOptions(promote_reasoning=True))
    items = [
        accumulator.add(Delta(reasoning="Hm.")),
        accumulator.finish(completion(Message("", "Hm."))),
    ]
    assert [item and item.delta for item in items] == ["", "Hm."]


def test_response_of_the_completions_endpoint() -> None:
    completed = Completion("id", "m", 7, [TextChoice(0, "Hallo", "stop")], Usage(1, 2, 3))
    response = to_chat_response(completed)
    assert response.message.content == "Hallo"
    assert response.raw["choices"][0]["finish_reason"] == "stop"  # type: ignore[index]


def test_accumulator_does_not_modify_earlier_items() -> None:
    accumulator = StreamAccumulator()
    deltas = [
        Delta(reasoning="H"),
        Delta(reasoning="m."),
        Delta(text="Ye"),
        Delta(text="s."),
        Delta(tool_calls=(ToolCallDelta(0, "c1", "add", "{"), ToolCallDelta(1, "c2", "sub"))),
        Delta(tool_calls=(ToolCallDelta(1, arguments="{}"), ToolCallDelta(0, arguments="}"))),
    ]
    items = [item for delta in deltas if (item := accumulator.add(delta))]

    reasoning = [block.content for item in items if (block := item.message.blocks[1])]
    assert reasoning == ["H", *["Hm."] * 5]  # type: ignore[comparison-overlap]
    assert [item.message.content for item in items] == ["", "", "Ye", "Yes.", "Yes.", "Yes."]
    arguments = [
        [block.tool_kwargs for block in item.message.blocks if isinstance(block, ToolCallBlock)]
        for item in items[4:]
    ]
    assert arguments == [["{", ""], ["{}", "{}"]]
    assert all(map(is_partial, items))
    assert items[0].additional_kwargs == {"thinking_delta": "H"}


def test_late_tool_name_is_kept() -> None:
    accumulator = StreamAccumulator()
    accumulator.add(Delta(tool_calls=(ToolCallDelta(0, "c1", "", "{}"),)))
    item = accumulator.add(Delta(tool_calls=(ToolCallDelta(0, name="add"),)))
    assert item
    assert item.message.blocks[-1].tool_name == "add"  # type: ignore[union-attr]


def test_deltas_of_other_choices_are_skipped() -> None:
    assert StreamAccumulator().add(Delta(index=1, text="x")) is None


words = st.text(st.characters(codec="utf-8", exclude_characters="<["), min_size=1, max_size=6)
text_deltas = st.lists(
    st.fixed_dictionaries({"content": words}) | st.fixed_dictionaries({"reasoning": words}),
    max_size=6,
)


@st.composite
def tool_call_deltas(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw the deltas of up to three calls, started in order and then interleaved."""
    count = draw(st.integers(0, 3))
    started = [
        {"index": index, "id": f"call{index}", "type": "function", "function": {"name": "add"}}
        for index in range(count)
    ]
    keys = draw(st.lists(words, max_size=8)) if count else []
    rest = [
        {"index": draw(st.integers(0, count - 1)), "function": {"arguments": key}} for key in keys
    ]
    return [{"tool_calls": [call]} for call in [*started, *rest]]


@st.composite
def streams(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw the chunks of a valid stream."""
    deltas = [*draw(text_deltas), *draw(tool_call_deltas())]
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    finish = draw(st.sampled_from(["stop", "length", "tool_calls"]))
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    counts = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    usage = [{"choices": [], "usage": counts}] if draw(st.booleans()) else []
    return [{"id": "chat-1", "model": "m", "created": 7, **chunk} for chunk in [*chunks, *usage]]


async def gather(llm: IONOS, **options: Any) -> tuple[ChatResponse, list[ChatResponse]]:
    response = await llm.achat(HELLO, **options)
    return response, [item async for item in await llm.astream_chat(HELLO, **options)]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(chunks=streams(), single=st.booleans(), promote=st.booleans())
def test_sync_async_and_streamed_responses_are_equal(
    make_llm: Callable[..., IONOS], chunks: list[dict[str, Any]], single: bool, promote: bool
) -> None:
    llm = make_llm(*chunks, promote_reasoning=promote)
    options = {"allow_parallel_tool_calls": not single}

    response = llm.chat(HELLO, **options)
    streamed = list(llm.stream_chat(HELLO, **options))
    aresponse, astreamed = asyncio.run(gather(llm, **options))

    for other in (streamed[-1], aresponse, astreamed[-1]):
        assert other.message == response.message
        assert other.raw == response.raw
        assert other.additional_kwargs == response.additional_kwargs
    for items in (streamed, astreamed):
        assert "".join(item.delta or "" for item in items) == (response.message.content or "")
        reasoning = [item.additional_kwargs.get("thinking_delta", "") for item in items]
        assert "".join(reasoning) == response.raw["choices"][0]["message"].get("reasoning", "")  # type: ignore[index]
        assert [item.message.content or "" for item in items] == sorted(
            (item.message.content or "" for item in items), key=len
        )
        assert not is_partial(items[-1])
        assert all(len(_calls(item)) <= 1 for item in items if single)
        for item in filter(is_partial, items):
            selections = llm.get_tool_calls_from_response(item, error_on_no_tool_call=False)
            assert len(selections) == len(_calls(item))


def _calls(response: ChatResponse) -> list[ToolCallBlock]:
    return [block for block in response.message.blocks if isinstance(block, ToolCallBlock)]
