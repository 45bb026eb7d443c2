"""Streamed and whole answers come together alike; every way to end is accounted for."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import (
    APIError,
    IncompleteStreamError,
    RateLimitError,
    ResponseError,
    ServerError,
)
from ionos_model_hub.wire.assembly import Assembler, ChatAssembler, CompletionAssembler
from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Completion,
    Delta,
    TextChoice,
    ToolCall,
    Usage,
)
from ionos_model_hub.wire.sse import EventParser

DONE = "[DONE]"
QWEN = "Qwen/Qwen3.5-9B"
MISTRAL = "mistralai/Mistral-Small-24B-Instruct"


def chunk(*choices: Any, **more: Any) -> str:
    return json.dumps({"id": "chat-1", "choices": list(choices), **more})


def says(text: str, finish: str | None = None, index: int = 0) -> dict[str, Any]:
    return {"index": index, "delta": {"content": text}, "finish_reason": finish}


def ends(reason: str = "stop", index: int = 0) -> dict[str, Any]:
    return {"index": index, "delta": {}, "finish_reason": reason}


def streamed(*events: str) -> tuple[list[Delta], ChatCompletion]:
    assembler = ChatAssembler("m")
    deltas = [delta for event in events for delta in assembler.feed(event)]
    held, answer = assembler.finish()
    return deltas + held, answer


# -- chat


def test_a_stream_by_the_book() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    deltas, answer = streamed(
        chunk({"index": 0, "delta": {"role": "assistant"}}, model="m1", created=7),
        chunk(says("Hal"), system_fingerprint="fp"),
        chunk(says("lo")),
        chunk(ends()),
        chunk(usage=usage),
        DONE,
    )
    assert deltas == [Delta(0, "Hal"), Delta(0, "lo"), Delta(0, finish_reason="stop")]
    assert (answer.text, answer.finish_reason) == ("Hallo", "stop")
    assert (answer.id, answer.model, answer.created) == ("chat-1", "m1", 7)
    assert answer.usage == Usage(1, 2, 3)
    assert answer.system_fingerprint == "fp"


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([chunk(says("a", "stop")), DONE], id="both"),
        pytest.param([chunk(says("a")), DONE], id="DONE without a finish reason"),
        pytest.param([chunk(says("a")), " [DONE] "], id="DONE with blanks"),
        pytest.param([chunk(says("a")), chunk(ends())], id="a finish reason without DONE"),
        pytest.param([chunk(says("a", "stop")), DONE, chunk(says("b")), "x"], id="more after DONE"),
    ],
)
def test_complete_ends(events: list[str]) -> None:
    assert streamed(*events)[1].text == "a"


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([], id="nothing at all"),
        pytest.param([chunk()], id="no choices"),
        pytest.param([chunk(says("a"))], id="text only"),
        pytest.param([chunk(says("a", "stop"), says("b", index=1))], id="one of two is unfinished"),
    ],
)
def test_incomplete_ends(events: list[str]) -> None:
    with pytest.raises(IncompleteStreamError, match="before the answer did") as caught:
        streamed(*events)
    assert caught.value.retryable


def test_a_stream_that_ends_without_an_answer() -> None:
    with pytest.raises(ResponseError, match="without an answer") as caught:
        streamed(chunk(), DONE)
    assert not isinstance(caught.value, IncompleteStreamError)


@pytest.mark.parametrize(
    "event",
    [
        json.dumps({"id": "chat-1", "choices": None}),
        json.dumps({"id": "chat-1"}),
        json.dumps({"choices": []}),
        json.dumps({"choices": [None, "x"]}),
        json.dumps({"choices": {"0": {}}}),
        json.dumps({}),
        json.dumps({"error": None}),
    ],
)
def test_events_without_choices_add_nothing(event: str) -> None:
    deltas, answer = streamed(event, chunk(says("a", "stop")), event, DONE)
    assert [delta.text for delta in deltas] == ["a"]
    assert answer.text == "a"


@pytest.mark.parametrize("event", ["", "{", "x", "[1]", '"text"', "null", "5", '["\\ud800"]'])
def test_an_event_that_is_no_json_object(event: str) -> None:
    with pytest.raises(ResponseError, match="no JSON object") as caught:
        ChatAssembler("m").feed(event)
    assert caught.value.__context__ is None
    assert repr(event) in caught.value.message


def test_long_nonsense_is_cut() -> None:
    with pytest.raises(ResponseError) as caught:
        ChatAssembler("m").feed("x" * 1000)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"error": {"message": "No.", "code": 429}}, RateLimitError),
        ({"error": {"message": "No."}}, ServerError),
        ({"error": {"code": 500}}, ServerError),
        ({"error": {"message": "No."}, "choices": []}, ServerError),
        ({"error": "No.", "choices": [ends("error")]}, ServerError),
        ({"httpStatus": 503, "messages": [{"message": "No."}]}, ServerError),
    ],
)
def test_an_error_as_an_event(event: dict[str, Any], kind: type[APIError]) -> None:
    assembler = ChatAssembler("m")
    assembler.feed(chunk(says("a")))
    with pytest.raises(kind):
        assembler.feed(json.dumps(event))


def test_the_last_usage_counts() -> None:
    usages = [{"prompt_tokens": 5, "completion_tokens": n, "total_tokens": 5 + n} for n in (1, 2)]
    answer = streamed(
        chunk(says("a"), usage=usages[0]),
        chunk(ends(), usage=usages[1]),
        chunk(usage=None),
        DONE,
    )[1]
    assert answer.usage == Usage(5, 2, 7)


def test_the_first_id_counts() -> None:
    answer = streamed(
        json.dumps({"choices": []}),
        json.dumps({"id": "one", "model": "m1", "created": 1, "choices": [says("a", "stop")]}),
        json.dumps({"id": "two", "model": "m2", "created": 2, "choices": []}),
    )[1]
    assert (answer.id, answer.model, answer.created) == ("one", "m1", 1)


def test_several_answers() -> None:
    deltas, answer = streamed(
        chunk(says("b", index=1), says("a")), chunk(ends("length", 1), ends("stop", 0)), DONE
    )
    assert [delta.index for delta in deltas] == [1, 0, 1, 0]
    told = [
        (choice.index, choice.message.content, choice.finish_reason) for choice in answer.choices
    ]
    assert told == [(0, "a", "stop"), (1, "b", "length")]


def test_tool_calls_come_through() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "add", "arguments": "{}"}}
    deltas, answer = streamed(chunk({"delta": {"tool_calls": [call]}}), chunk(ends("tool_calls")))
    assert answer.message.tool_calls == [ToolCall("a", "add", "{}")]
    assert deltas[0].tool_calls[0].name == "add"


def test_made_ids_come_from_the_answers_id() -> None:
    def made(answer_id: str) -> str:
        event = {"id": answer_id, "choices": [{"delta": {"tool_calls": [{"index": 0}]}}]}
        return ChatAssembler("m").feed(json.dumps(event))[0].tool_calls[0].id

    assert made("one") == made("one") != made("two")


# -- the partial answer of a broken stream


def test_a_broken_stream_keeps_what_had_arrived() -> None:
    assembler = ChatAssembler("m")
    assembler.feed(chunk(says("Hal"), usage={"prompt_tokens": 3}))
    error = assembler.broken(ServerError("No."))
    assert isinstance(error.partial, ChatCompletion)
    assert (error.partial.text, error.partial.finish_reason) == ("Hal", None)
    assert error.partial.usage == Usage(3, 0, 3)


def test_a_stream_broken_before_any_choice_has_no_partial() -> None:
    assert ChatAssembler("m").broken(ServerError("No.")).partial is None


@pytest.mark.parametrize(
    ("model", "content", "told"),
    [
        (QWEN, "<think>Hm.</th", ("", "Hm.</th", 0)),
        (QWEN, "<thi", ("<thi", "", 0)),
        (MISTRAL, '[TOOL_CALLS] add{"a": 1}', ("", "", 1)),
    ],
)
def test_what_was_held_back_is_in_the_partial_once(
    model: str, content: str, told: tuple[str, str, int]
) -> None:
    assembler = ChatAssembler(model, None, {"add": {}})
    assembler.feed(chunk(says(content)))
    with pytest.raises(IncompleteStreamError) as caught:
        assembler.finish()
    partial = assembler.broken(caught.value).partial
    assert isinstance(partial, ChatCompletion)
    message = partial.message
    assert (message.content, message.reasoning, len(message.tool_calls)) == told


# -- whole answers


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"choices": None}, {"choices": {}}, {"object": "list"}]
)
@pytest.mark.parametrize("kind", [lambda: ChatAssembler("m"), CompletionAssembler])
def test_a_body_without_choices(kind: Any, body: Any) -> None:
    with pytest.raises(ResponseError, match="no list 'choices'"):
        kind().parse_body(body)


@pytest.mark.parametrize("choices", [[], [None]])
def test_a_body_with_no_choice(choices: Any) -> None:
    with pytest.raises(ResponseError, match="holds no choices"):
        ChatAssembler("m").parse_body({"choices": choices})


def test_a_whole_answer_may_lack_its_finish_reason() -> None:
    answer = ChatAssembler("m").parse_body({"choices": [{"message": {"content": "a"}}]})
    assert (answer.text, answer.finish_reason) == ("a", None)


def test_what_was_held_back_is_in_the_whole_answer() -> None:
    message = {"content": '[TOOL_CALLS] add{"a": 1}'}
    answer = ChatAssembler(MISTRAL, None, {"add": {}}).parse_body({"choices": [{"message": message}]})
    assert [call.name for call in answer.message.tool_calls] == ["add"]
    unmended = ChatAssembler(MISTRAL, None, {"add": {}}, fix_model_quirks=False)
    assert unmended.parse_body({"choices": [{"message": message}]}).text == message["content"]


# -- completions


def completed(*events: str) -> tuple[list[Delta], Completion]:
    assembler = CompletionAssembler()
    deltas = [delta for event in events for delta in assembler.feed(event)]
    held, answer = assembler.finish()
    return deltas + held, answer


def test_a_completion_comes_together() -> None:
    deltas, answer = completed(
        chunk({"index": 0, "text": "Hal", "logprobs": {"tokens": ["Hal"]}}, model="m1"),
        chunk({"index": 1, "text": "Servus"}),
        chunk({"index": 0, "text": "", "logprobs": None}),
        chunk(
            {"index": 0, "text": "lo", "logprobs": {"tokens": ["lo"]}, "finish_reason": "length"}
        ),
        chunk({"index": 1, "text": "", "finish_reason": "stop"}),
        chunk(usage={"prompt_tokens": 1}),
        DONE,
    )
    assert deltas == [
        Delta(0, "Hal", logprobs={"tokens": ["Hal"]}),
        Delta(1, "Servus"),
        Delta(0, "lo", finish_reason="length", logprobs={"tokens": ["lo"]}),
        Delta(1, finish_reason="stop"),
    ]
    assert answer.choices == [
        TextChoice(0, "Hallo", "length", {"tokens": ["Hal", "lo"]}),
        TextChoice(1, "Servus", "stop"),
    ]
    assert (answer.model, answer.usage) == ("m1", Usage(1, 0, 1))


def test_log_probabilities_without_text_are_handed_out() -> None:
    event = chunk({"text": "", "logprobs": {"tokens": []}, "finish_reason": "stop"})
    assert completed(event)[0] == [Delta(finish_reason="stop", logprobs={"tokens": []})]
    assert CompletionAssembler().feed(chunk({"logprobs": {"tokens": []}})) == [
        Delta(logprobs={"tokens": []})
    ]


@pytest.mark.parametrize("events", [[], [chunk({"text": "a"})]])
def test_an_incomplete_completion(events: list[str]) -> None:
    with pytest.raises(IncompleteStreamError):
        completed(*events)


def test_a_whole_completion_and_a_broken_one() -> None:
    body = {"choices": [{"text": "Hallo", "finish_reason": "stop"}]}
    assert CompletionAssembler().parse_body(body).text == "Hallo"
    assembler = CompletionAssembler()
    assembler.feed(chunk({"text": "Hal"}))
    partial = assembler.broken(ServerError("No.")).partial
    assert isinstance(partial, Completion)
    assert partial.text == "Hal"


# -- properties: any cut of a stream gives the message of the whole body

TOOLS = ("add", "now")
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
        st.sampled_from(TOOLS),
        st.dictionaries(text, text, max_size=2),
    ),
    max_size=2,
)
messages = st.fixed_dictionaries(
    {"content": content, "reasoning": text, "refusal": text, "calls": calls}
)


def cuts(data: st.DataObject, whole: str) -> list[str]:
    """Cut a text into pieces."""
    places = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    return [
        whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True)
    ]


def with_ids(calls_: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {"index": place, "id": f"id{place}", "type": "function", "function": call}
        for place, call in enumerate(calls_)
    ]


def chunks_of(data: st.DataObject, index: int, message: dict[str, Any]) -> list[str]:
    """Stream one choice: reasoning, content, refusal, then its calls in pieces."""
    told: list[dict[str, Any]] = []
    for field in ("reasoning", "content", "refusal"):
        told += [{field: piece} for piece in cuts(data, message[field])]
    for call in with_ids(message["calls"]):
        first, *rest = cuts(data, call["function"]["arguments"])
        told.append({"tool_calls": [call | {"function": call["function"] | {"arguments": first}}]})
        told += [
            {"tool_calls": [{"index": call["index"], "function": {"arguments": piece}}]}
            for piece in rest
        ]
    return [chunk({"index": index, "delta": delta}) for delta in told] + [
        chunk(ends("stop", index))
    ]


@given(
    data=st.data(),
    model=st.sampled_from(["m", QWEN, MISTRAL, "openai/gpt-oss-120b"]),
    answers=st.lists(messages, min_size=1, max_size=2),
)
def test_any_cut_gives_the_message_of_the_whole_body(
    data: st.DataObject, model: str, answers: list[dict[str, Any]]
) -> None:
    whole = {
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
            for index, message in enumerate(answers)
        ],
    }
    streams = [chunks_of(data, index, message) for index, message in enumerate(answers)]
    events = [event for stream in streams for event in stream] + [DONE]
    wire = "".join(f"data: {event}\n\n" for event in events).encode()

    assembler = ChatAssembler(model, None, dict.fromkeys(TOOLS, {}))
    parser = EventParser()
    size = data.draw(st.sampled_from([1, 7, 64, 100_000]))
    deltas: list[Delta] = []
    for start in range(0, len(wire), size):
        for event in parser.feed(wire[start : start + size]):
            deltas += assembler.feed(event.data)
    held, answer = assembler.finish()
    deltas += held

    assert answer.choices == ChatAssembler(model, None, dict.fromkeys(TOOLS, {})).parse_body(whole).choices
    for choice in answer.choices:
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
def test_the_order_of_interleaved_choices_does_not_matter(
    data: st.DataObject, texts: list[list[str]]
) -> None:
    left = [list(pieces) for pieces in texts]
    events: list[str] = []
    while any(left):
        index = data.draw(st.sampled_from([at for at, pieces in enumerate(left) if pieces]))
        events.append(chunk(says(left[index].pop(0), index=index)))
    answer = streamed(*events, DONE)[1]
    assert [choice.message.content for choice in answer.choices] == ["".join(t) for t in texts]


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
def test_no_event_is_too_strange(events: list[Any]) -> None:
    for assembler in (ChatAssembler(MISTRAL, None, dict.fromkeys(TOOLS, {})), CompletionAssembler()):
        read_to_its_end(assembler, [json.dumps(event) for event in events])


def read_to_its_end(assembler: Assembler[Any], events: list[str]) -> None:
    try:
        for event in events:
            assembler.feed(event)
        assembler.finish()
    except (APIError, ResponseError) as error:
        assembler.broken(error)
