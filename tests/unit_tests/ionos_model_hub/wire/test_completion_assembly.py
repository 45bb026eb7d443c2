"""Responses of the completions endpoint are assembled."""

import pytest
from stream_events import DONE, chunk

from ionos_model_hub.errors import IncompleteStreamError, ServerError
from ionos_model_hub.wire.assembly import CompletionAssembler
from ionos_model_hub.wire.response_types import Completion, Delta, TextChoice, Usage


def assemble(*events: str) -> tuple[list[Delta], Completion]:
    assembler = CompletionAssembler()
    deltas = [delta for event in events for delta in assembler.feed(event)]
    last, response = assembler.finish()
    return deltas + last, response


def test_complete_stream() -> None:
    deltas, response = assemble(
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
    assert response.choices == [
        TextChoice(0, "Hallo", "length", {"tokens": ["Hal", "lo"]}),
        TextChoice(1, "Servus", "stop"),
    ]
    assert (response.model, response.usage) == ("m1", Usage(1, 0, 1))


def test_log_probabilities_without_text_are_returned() -> None:
    event = chunk({"text": "", "logprobs": {"tokens": []}, "finish_reason": "stop"})
    assert assemble(event)[0] == [Delta(finish_reason="stop", logprobs={"tokens": []})]
    assert CompletionAssembler().feed(chunk({"logprobs": {"tokens": []}})) == [
        Delta(logprobs={"tokens": []})
    ]


@pytest.mark.parametrize("events", [[], [chunk({"text": "a"})]])
def test_incomplete_stream(events: list[str]) -> None:
    with pytest.raises(IncompleteStreamError):
        assemble(*events)


def test_body() -> None:
    body = {"choices": [{"text": "Hallo", "finish_reason": "stop"}]}
    assert CompletionAssembler().parse_body(body).text == "Hallo"


def test_failed_stream_keeps_the_partial_response() -> None:
    assembler = CompletionAssembler()
    assembler.feed(chunk({"text": "Hal"}))
    partial = assembler.attach_partial(ServerError("No.")).partial
    assert isinstance(partial, Completion)
    assert partial.text == "Hal"
