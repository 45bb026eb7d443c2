"""Chat responses are assembled from streams and bodies, or end in a typed error."""

import json
from typing import Any

import pytest
from stream_events import DONE, MISTRAL, QWEN, assemble, chunk, ends, says

from ionos_model_hub.errors import (
    APIError,
    IncompleteStreamError,
    RateLimitError,
    ResponseError,
    ServerError,
)
from ionos_model_hub.wire.assembly import ChatAssembler, CompletionAssembler
from ionos_model_hub.wire.response_types import ChatCompletion, Delta, ToolCall, Usage


def test_complete_stream() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    deltas, response = assemble(
        chunk({"index": 0, "delta": {"role": "assistant"}}, model="m1", created=7),
        chunk(says("Hal"), system_fingerprint="fp"),
        chunk(says("lo")),
        chunk(ends()),
        chunk(usage=usage),
        DONE,
    )
    assert deltas == [Delta(0, "Hal"), Delta(0, "lo"), Delta(0, finish_reason="stop")]
    assert (response.text, response.finish_reason) == ("Hallo", "stop")
    assert (response.id, response.model, response.created) == ("chat-1", "m1", 7)
    assert response.usage == Usage(1, 2, 3)
    assert response.system_fingerprint == "fp"


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([chunk(says("a", "stop")), DONE], id="both"),
        pytest.param([chunk(says("a")), DONE], id="DONE without a finish reason"),
        pytest.param([chunk(says("a")), " [DONE] "], id="DONE with spaces"),
        pytest.param([chunk(says("a")), chunk(ends())], id="a finish reason without DONE"),
        pytest.param([chunk(says("a", "stop")), DONE, chunk(says("b")), "x"], id="more after DONE"),
    ],
)
def test_complete_ends(events: list[str]) -> None:
    assert assemble(*events)[1].text == "a"


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
    with pytest.raises(IncompleteStreamError) as caught:
        assemble(*events)
    assert caught.value.message == "The stream ended before the response was complete."
    assert caught.value.hint == "Try again. `partial` contains the text received so far."
    assert caught.value.retryable


def test_stream_without_choices() -> None:
    with pytest.raises(ResponseError, match=r"^The stream ended without a response\.$") as caught:
        assemble(chunk(), DONE)
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
def test_events_without_choices_are_ignored(event: str) -> None:
    deltas, response = assemble(event, chunk(says("a", "stop")), event, DONE)
    assert [delta.text for delta in deltas] == ["a"]
    assert response.text == "a"


@pytest.mark.parametrize("event", ["", "{", "x", "[1]", '"text"', "null", "5", '["\\ud800"]'])
def test_event_that_is_not_a_json_object(event: str) -> None:
    with pytest.raises(ResponseError) as caught:
        ChatAssembler("m").feed(event)
    assert caught.value.__context__ is None
    assert caught.value.message == f"The stream sent an event that is not a JSON object: {event!r}."


def test_error_shows_only_the_beginning_of_an_event() -> None:
    with pytest.raises(ResponseError) as caught:
        ChatAssembler("m").feed("x" * 1000)
    assert caught.value.message.endswith(f": {'x' * 120!r}.")


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
def test_error_in_an_event(event: dict[str, Any], kind: type[APIError]) -> None:
    assembler = ChatAssembler("m")
    assembler.feed(chunk(says("a")))
    with pytest.raises(kind):
        assembler.feed(json.dumps(event))


def test_last_usage_is_kept() -> None:
    usages = [{"prompt_tokens": 5, "completion_tokens": n, "total_tokens": 5 + n} for n in (1, 2)]
    response = assemble(
        chunk(says("a"), usage=usages[0]),
        chunk(ends(), usage=usages[1]),
        chunk(usage=None),
        DONE,
    )[1]
    assert response.usage == Usage(5, 2, 7)


def test_first_id_is_kept() -> None:
    response = assemble(
        json.dumps({"choices": []}),
        json.dumps({"id": "one", "model": "m1", "created": 1, "choices": [says("a", "stop")]}),
        json.dumps({"id": "two", "model": "m2", "created": 2, "choices": []}),
    )[1]
    assert (response.id, response.model, response.created) == ("one", "m1", 1)


def test_several_choices() -> None:
    deltas, response = assemble(
        chunk(says("b", index=1), says("a")), chunk(ends("length", 1), ends("stop", 0)), DONE
    )
    assert [delta.index for delta in deltas] == [1, 0, 1, 0]
    choices = [
        (choice.index, choice.message.content, choice.finish_reason) for choice in response.choices
    ]
    assert choices == [(0, "a", "stop"), (1, "b", "length")]


def test_tool_calls_are_assembled() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "add", "arguments": "{}"}}
    deltas, response = assemble(chunk({"delta": {"tool_calls": [call]}}), chunk(ends("tool_calls")))
    assert response.message.tool_calls == [ToolCall("a", "add", "{}")]
    assert deltas[0].tool_calls[0].name == "add"


def test_generated_call_ids_depend_on_the_response_id() -> None:
    def call_id(response_id: str) -> str:
        event = {"id": response_id, "choices": [{"delta": {"tool_calls": [{"index": 0}]}}]}
        return ChatAssembler("m").feed(json.dumps(event))[0].tool_calls[0].id

    assert call_id("one") == call_id("one") != call_id("two")


def test_generated_call_ids_depend_on_the_trace_id_if_the_response_has_no_id() -> None:
    def call_id(trace_id: str) -> str:
        assembler = ChatAssembler("m")
        assembler.response.headers = {"x-trace-id": trace_id}
        event = {"choices": [{"delta": {"tool_calls": [{"index": 0}]}}]}
        return assembler.feed(json.dumps(event))[0].tool_calls[0].id

    assert call_id("one") == call_id("one") != call_id("two")


def test_failed_stream_keeps_the_partial_response() -> None:
    assembler = ChatAssembler("m")
    assembler.feed(chunk(says("Hal"), usage={"prompt_tokens": 3}))
    error = assembler.attach_partial(ServerError("No."))
    assert isinstance(error.partial, ChatCompletion)
    assert (error.partial.text, error.partial.finish_reason) == ("Hal", None)
    assert error.partial.usage == Usage(3, 0, 3)


def test_stream_that_fails_before_any_choice_has_no_partial() -> None:
    assert ChatAssembler("m").attach_partial(ServerError("No.")).partial is None


@pytest.mark.parametrize(
    ("model", "content", "expected"),
    [
        (QWEN, "<think>Hm.</th", ("", "Hm.</th", 0)),
        (QWEN, "<thi", ("<thi", "", 0)),
        (MISTRAL, '[TOOL_CALLS] add{"a": 1}', ("", "", 1)),
    ],
)
def test_held_back_text_is_in_the_partial_once(
    model: str, content: str, expected: tuple[str, str, int]
) -> None:
    assembler = ChatAssembler(model, None, {"add": {}})
    assembler.feed(chunk(says(content)))
    with pytest.raises(IncompleteStreamError) as caught:
        assembler.finish()
    partial = assembler.attach_partial(caught.value).partial
    assert isinstance(partial, ChatCompletion)
    message = partial.message
    assert (message.content, message.reasoning, len(message.tool_calls)) == expected


def test_text_held_back_until_the_end_belongs_to_its_choice() -> None:
    assembler = ChatAssembler(QWEN)
    assembler.feed(chunk(says("a", "stop"), says("<thi", "stop", index=1)))
    held_back, _ = assembler.finish()
    assert [(delta.index, delta.text) for delta in held_back] == [(1, "<thi")]


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"choices": None}, {"choices": {}}, {"object": "list"}]
)
@pytest.mark.parametrize("kind", [lambda: ChatAssembler("m"), CompletionAssembler])
def test_body_without_choices(kind: Any, body: Any) -> None:
    with pytest.raises(ResponseError, match=r"^The response has no list 'choices'\.$"):
        kind().parse_body(body)


@pytest.mark.parametrize("choices", [[], [None]])
def test_body_with_empty_choices(choices: Any) -> None:
    with pytest.raises(ResponseError, match=r"^The response has no choices\.$"):
        ChatAssembler("m").parse_body({"choices": choices})


def test_body_without_finish_reason() -> None:
    response = ChatAssembler("m").parse_body({"choices": [{"message": {"content": "a"}}]})
    assert (response.text, response.finish_reason) == ("a", None)


def test_leaked_call_in_a_body() -> None:
    message = {"content": '[TOOL_CALLS] add{"a": 1}'}
    response = ChatAssembler(MISTRAL, None, {"add": {}}).parse_body(
        {"choices": [{"message": message}]}
    )
    assert [call.name for call in response.message.tool_calls] == ["add"]
    unfixed = ChatAssembler(MISTRAL, None, {"add": {}}, fix_model_quirks=False)
    assert unfixed.parse_body({"choices": [{"message": message}]}).text == message["content"]
