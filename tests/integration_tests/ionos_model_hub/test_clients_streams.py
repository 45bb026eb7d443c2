"""Streams that fail, through `Client` and `AsyncClient`."""

import pytest
from integration_tests.ionos_model_hub.client_callers import (
    LLAMA,
    USER,
    Caller,
    chunk,
)

from ionos_model_hub import Client, IncompleteStreamError, ServerError
from ionos_model_hub.emulator import Emulator, Reply


def test_error_event_contains_the_partial_response(
    caller: Caller, ionos_emulator: Emulator
) -> None:
    failure = {"error": {"message": "backend fell over", "type": "server_error"}}
    ionos_emulator.script(Reply(stream=[chunk(content="Half"), chunk(content=" of"), failure]))
    with pytest.raises(ServerError, match="fell over") as caught:
        caller.stream("stream_chat", USER, model=LLAMA)
    assert caught.value.partial.text == "Half of"
    assert len(ionos_emulator.requests) == 1


def test_early_end_is_an_error(caller: Caller, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(stream=[chunk(content="Half")], done=False))
    with pytest.raises(IncompleteStreamError) as caught:
        caller.stream("stream_chat", USER, model=LLAMA)
    assert caught.value.partial.text == "Half"


def test_stream_that_ends_before_its_first_delta_is_retried(
    caller: Caller, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(stream=[chunk(role="assistant")], done=False))
    _, answer = caller.stream("stream_chat", USER, model=LLAMA)
    assert answer.text
    assert len(ionos_emulator.requests) == 2


def test_rejected_stream_options_are_dropped_and_remembered(ionos_emulator: Emulator) -> None:
    rejection = {"error": {"message": "unknown field stream_options", "type": "bad"}}
    ionos_emulator.script(Reply(status=400, json=rejection))
    with Client(api_key="memory", base_url=ionos_emulator.base_url) as client:
        for _ in range(2):
            assert list(client.stream_chat(USER, model=LLAMA))
    has_option = ["stream_options" in request.json for request in ionos_emulator.requests]
    assert has_option == [True, False, False]


def test_answer_before_the_end_is_an_error(ionos_emulator: Emulator) -> None:
    with Client(api_key="any", base_url=ionos_emulator.base_url) as client:
        stream = client.stream_chat(USER, model=LLAMA)
        next(stream)
        with pytest.raises(RuntimeError, match="not finished"):
            _ = stream.answer
        stream.close()
