"""Completions become generations."""

import pytest

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.response_types import Completion, Delta, TextChoice, Usage
from langchain_ionos.convert.completions import chunk_of, last_chunk, refuse_several, result_of

ANSWER = Completion(
    id="cmpl-1",
    model="some/model",
    choices=[TextChoice(0, "one", "stop"), TextChoice(1, "two", "length", {"tokens": ["two"]})],
    usage=Usage(3, 4, 7),
    headers={"x-trace-id": "t"},
)


def test_every_continuation_becomes_a_generation() -> None:
    (generations,) = result_of([ANSWER]).generations
    assert [each.text for each in generations] == ["one", "two"]
    infos = [each.generation_info or {} for each in generations]
    assert [info["finish_reason"] for info in infos] == ["stop", "length"]
    assert infos[0]["model_name"] == "some/model"
    assert infos[0]["model_provider"] == "ionos"
    assert infos[0]["headers"] == {"x-trace-id": "t"}
    assert "logprobs" not in infos[0]
    assert infos[1]["logprobs"] == {"tokens": ["two"]}


def test_the_tokens_of_all_prompts_are_summed() -> None:
    output = result_of([ANSWER, ANSWER]).llm_output or {}
    assert output["token_usage"] == {
        "prompt_tokens": 6,
        "completion_tokens": 8,
        "total_tokens": 14,
    }
    assert output["model_name"] == "some/model"


def test_unknown_tokens_are_not_made_up() -> None:
    uncounted = Completion(choices=[TextChoice(0, "one")])
    assert "token_usage" not in (result_of([uncounted]).llm_output or {})
    assert "token_usage" not in (last_chunk(uncounted).generation_info or {})
    assert result_of([]).llm_output == {"model_provider": "ionos"}


def test_added_chunks_tell_each_fact_once() -> None:
    whole = (
        chunk_of(Delta(text="Hal"))
        + chunk_of(Delta(text="lo", finish_reason="stop"))
        + last_chunk(ANSWER)
    )
    assert whole.text == "Hallo"
    info = whole.generation_info or {}
    assert (info["model_name"], info["finish_reason"]) == ("some/model", "stop")
    assert info["token_usage"]["total_tokens"] == 7


def test_a_chunk_keeps_its_log_probabilities() -> None:
    assert chunk_of(Delta(text="a")).generation_info is None
    assert chunk_of(Delta(text="a", logprobs={"tokens": ["a"]})).generation_info == {
        "logprobs": {"tokens": ["a"]}
    }


def test_a_stream_holds_one_text() -> None:
    refuse_several({"n": 1, "top_p": 0.5})
    with pytest.raises(InvalidRequestError) as caught:
        refuse_several({"n": 2})
    assert caught.value.param == "n"
