"""Contents of responses, streamed or not."""

import pytest
from unit_tests.ionos_model_hub.emulator.page.exchanges import delta

from ionos_model_hub.emulator.page.responses import parse_body, parse_events


def test_stream_is_joined() -> None:
    function = {"name": "get_weather", "arguments": '{"city":'}
    events = [
        delta(role="assistant", content=""),
        delta(reasoning="Let me "),
        delta(reasoning_content="see."),
        delta(content="I look "),
        delta(content="it up."),
        delta(tool_calls=[{"index": 0, "id": "call-1", "function": function}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": ' "Berlin"}'}}]),
        delta(finish_reason="tool_calls"),
        {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}},
    ]
    view = parse_events(events)

    (message,) = view.messages
    assert message.reasoning == "Let me see."
    assert message.text == "I look it up."
    assert message.calls[0].arguments == '{\n  "city": "Berlin"\n}'
    assert message.finish_reason == "tool_calls"
    assert view.usage == {"prompt_tokens": 9, "completion_tokens": 4}


def test_stream_with_two_choices() -> None:
    events = [{"choices": [{"index": index, "text": str(index)}]} for index in (0, 1, 0)]
    assert [message.text for message in parse_events(events).messages] == ["00", "1"]


def test_error_event_of_a_stream() -> None:
    view = parse_events([delta(content="Hello"), {"error": {"message": "engine died"}}])
    assert (view.error, view.preview) == ("engine died", "engine died")


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "No."}},
        {"object": "error", "message": "No."},
        {"httpStatus": 400, "messages": [{"errorCode": "paas", "message": "No."}]},
        {"error": "No."},
    ],
)
def test_error_bodies(body: dict[str, object]) -> None:
    assert parse_body(body).error == "No."


def test_nested_usage() -> None:
    usage = {"total_tokens": 9, "details": {"reasoning_tokens": 5, "flag": True}, "other": None}
    assert parse_body({"usage": usage}).usage == {"total_tokens": 9, "reasoning_tokens": 5}


def test_embeddings_scores_images_and_models() -> None:
    vectors = parse_body({"data": [{"embedding": [0.5, 1, 0, 0, 2]}, {"embedding": "AAAA"}]})
    assert vectors.vectors[0] == "5 dimensions: 0.5000, 1.0000, 0.0000, 0.0000, …"
    assert vectors.vectors[1] == "base64, 4 characters"
    assert vectors.preview == "2 embeddings"

    results = [{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.9}]
    assert [score.index for score in parse_body({"results": results}).scores] == [1, 0]

    images = parse_body({"data": [{"b64_json": "iVBORw0KGgo="}]}).images
    assert images == ("data:image/png;base64,iVBORw0KGgo=",)

    assert parse_body({"data": [{"object": "model", "id": "m"}]}).models == ("m",)
