"""However a stream is split, it gives the response of the complete body."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from stream_events import DONE, MISTRAL, QWEN, assemble, chunk, ends, says

from ionos_model_hub.errors import APIError, ResponseError
from ionos_model_hub.wire.assembly import Assembler, ChatAssembler, CompletionAssembler
from ionos_model_hub.wire.response_types import Delta
from ionos_model_hub.wire.sse import EventParser

TOOLS: dict[str, dict[str, object]] = {"add": {}, "now": {}}
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
content = text | st.sampled_from(
    [
        "<think>Hm.</think>Ja.",
        "<think>Hm.",
        '[TOOL_CALLS] add{"a": 1}',
        '{"name": "now", "arguments": {}}',
        "[TOOL_CALLS] nothing",
    ]
)
calls = st.lists(
    st.builds(
        lambda name, arguments: {"name": name, "arguments": json.dumps(arguments)},
        st.sampled_from(list(TOOLS)),
        st.dictionaries(text, text, max_size=2),
    ),
    max_size=2,
)
messages = st.fixed_dictionaries(
    {"content": content, "reasoning": text, "refusal": text, "calls": calls}
)


def split(data: st.DataObject, complete: str) -> list[str]:
    """Split a text into pieces."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(complete)), max_size=4)))
    return [
        complete[start:end] for start, end in zip([0, *cuts], [*cuts, len(complete)], strict=True)
    ]


def with_ids(calls_: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {"index": place, "id": f"id{place}", "type": "function", "function": call}
        for place, call in enumerate(calls_)
    ]


def chunks_of(data: st.DataObject, index: int, message: dict[str, Any]) -> list[str]:
    """Stream one choice: reasoning, content, refusal, then its calls in pieces."""
    deltas: list[dict[str, Any]] = []
    for field in ("reasoning", "content", "refusal"):
        deltas += [{field: piece} for piece in split(data, message[field])]
    for call in with_ids(message["calls"]):
        first, *rest = split(data, call["function"]["arguments"])
        deltas.append(
            {"tool_calls": [call | {"function": call["function"] | {"arguments": first}}]}
        )
        deltas += [
            {"tool_calls": [{"index": call["index"], "function": {"arguments": piece}}]}
            for piece in rest
        ]
    return [chunk({"index": index, "delta": delta}) for delta in deltas] + [
        chunk(ends("stop", index))
    ]


@given(
    data=st.data(),
    model=st.sampled_from(["m", QWEN, MISTRAL, "openai/gpt-oss-120b"]),
    messages_=st.lists(messages, min_size=1, max_size=2),
)
def test_any_split_gives_the_message_of_the_complete_body(
    data: st.DataObject, model: str, messages_: list[dict[str, Any]]
) -> None:
    body = {
        "id": "chat-1",
        "choices": [
            {
                "index": index,
                "message": {
                    "content": message["content"],
                    "reasoning": message["reasoning"],
                    "refusal": message["refusal"],
                    "tool_calls": with_ids(message["calls"]),
                },
                "finish_reason": "stop",
            }
            for index, message in enumerate(messages_)
        ],
    }
    streams = [chunks_of(data, index, message) for index, message in enumerate(messages_)]
    events = [event for stream in streams for event in stream] + [DONE]
    wire = "".join(f"data: {event}\n\n" for event in events).encode()

    assembler = ChatAssembler(model, None, TOOLS)
    parser = EventParser()
    size = data.draw(st.sampled_from([1, 7, 64, 100_000]))
    deltas: list[Delta] = []
    for start in range(0, len(wire), size):
        for event in parser.feed(wire[start : start + size]):
            deltas += assembler.feed(event.data)
    last, response = assembler.finish()
    deltas += last

    assert response.choices == ChatAssembler(model, None, TOOLS).parse_body(body).choices
    for choice in response.choices:
        own = [delta for delta in deltas if delta.index == choice.index]
        assert "".join(delta.text for delta in own) == choice.message.content
        assert "".join(delta.reasoning for delta in own) == choice.message.reasoning
        assert "".join(delta.refusal for delta in own) == choice.message.refusal
        for place, call in enumerate(choice.message.tool_calls):
            pieces = [p for delta in own for p in delta.tool_calls if p.index == place]
            joined = [
                "".join(getattr(p, name) for p in pieces) for name in ("id", "name", "arguments")
            ]
            assert joined == [call.id, call.name, call.arguments]


@given(
    data=st.data(),
    texts=st.lists(st.lists(text, min_size=1, max_size=4), min_size=2, max_size=3),
)
def test_choices_may_be_interleaved(data: st.DataObject, texts: list[list[str]]) -> None:
    left = [list(pieces) for pieces in texts]
    events: list[str] = []
    while any(left):
        index = data.draw(st.sampled_from([at for at, pieces in enumerate(left) if pieces]))
        events.append(chunk(says(left[index].pop(0), index=index)))
    response = assemble(*events, DONE)[1]
    assert [choice.message.content for choice in response.choices] == ["".join(t) for t in texts]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | text,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "delta",
                    "message",
                    "content",
                    "tool_calls",
                    "usage",
                    "error",
                    "logprobs",
                ]
            ),
            inner,
        )
    ),
    max_leaves=15,
)


@given(st.lists(json_values, max_size=4))
def test_any_events_give_a_response_or_a_typed_error(events: list[Any]) -> None:
    for assembler in (ChatAssembler(MISTRAL, None, TOOLS), CompletionAssembler()):
        read_to_the_end(assembler, [json.dumps(event) for event in events])


def read_to_the_end(assembler: Assembler[Any], events: list[str]) -> None:
    try:
        for event in events:
            assembler.feed(event)
        assembler.finish()
    except (APIError, ResponseError) as error:
        assembler.attach_partial(error)
