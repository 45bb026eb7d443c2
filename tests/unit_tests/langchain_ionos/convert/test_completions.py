"""Conversion of completions to LangChain generations."""

import pytest

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.response_types import Completion, Delta, TextChoice, Usage
from langchain_ionos.convert.completions import (
    final_chunk,
    require_single_choice,
    to_chunk,
    to_llm_result,
)

COMPLETION = Completion(
    id="cmpl-1",
    model="some/model",
    choices=[TextChoice(0, "one", "stop"), TextChoice(1, "two", "length", {"tokens": ["two"]})],
    usage=Usage(3, 4, 7),
    headers={"x-trace-id": "t"},
)


def test_each_choice_becomes_a_generation() -> None:
    (generations,) = to_llm_result([COMPLETION]).generations
    assert [each.text for each in generations] == ["one", "two"]
    infos = [each.generation_info or {} for each in generations]
    assert [info["finish_reason"] for info in infos] == ["stop", "length"]
    assert infos[0]["model_name"] == "some/model"
    assert infos[0]["model_provider"] == "ionos"
    assert infos[0]["headers"] == {"x-trace-id": "t"}
    assert "logprobs" not in infos[0]
    assert infos[1]["logprobs"] == {"tokens": ["two"]}


def test_token_usage_of_all_prompts_is_summed() -> None:
    output = to_llm_result([COMPLETION, COMPLETION]).llm_output or {}
    assert output["token_usage"] == {
        "prompt_tokens": 6,
        "completion_tokens": 8,
        "input_tokens": 6,
        "output_tokens": 8,
        "total_tokens": 14,
    }
    assert output["model_name"] == "some/model"


def test_missing_token_usage_is_omitted() -> None:
    without_usage = Completion(choices=[TextChoice(0, "one")])
    assert "token_usage" not in (to_llm_result([without_usage]).llm_output or {})
    assert "token_usage" not in (final_chunk(without_usage).generation_info or {})
    assert to_llm_result([]).llm_output == {"model_provider": "ionos"}


def test_added_chunks_contain_each_value_once() -> None:
    chunk = (
        to_chunk(Delta(text="Hal"))
        + to_chunk(Delta(text="lo", finish_reason="stop"))
        + final_chunk(COMPLETION)
    )
    assert chunk.text == "Hallo"
    info = chunk.generation_info or {}
    assert (info["model_name"], info["finish_reason"]) == ("some/model", "stop")
    assert info["token_usage"]["total_tokens"] == 7


def test_chunk_keeps_log_probabilities() -> None:
    assert to_chunk(Delta(text="a")).generation_info is None
    assert to_chunk(Delta(text="a", logprobs={"tokens": ["a"]})).generation_info == {
        "logprobs": {"tokens": ["a"]}
    }


def test_several_choices_are_rejected_in_streams() -> None:
    require_single_choice({"n": 1, "top_p": 0.5})
    with pytest.raises(InvalidRequestError) as caught:
        require_single_choice({"n": 2})
    assert caught.value.param == "n"
