"""Text completions as the engine returns them: echo, log probabilities, streams, token ids."""

from typing import Any

import pytest

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.completions import create_completion
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.profiles import VLLM
from ionos_model_hub.emulator.script import Reply

CONFIG = ServerConfig(VLLM)
BODY: dict[str, Any] = {"model": "meta-llama/Llama-3.3-70B-Instruct", "prompt": "Once upon"}


def complete(reply: Reply | None = None, **changes: Any) -> Any:
    return create_completion({**BODY, **changes}, CONFIG, reply)


def stream(reply: Reply | None = None, **changes: Any) -> list[Any]:
    return list(create_completion({**BODY, "stream": True, **changes}, CONFIG, reply))


def joined_logprobs(chunks: list[Any]) -> dict[str, list[Any]]:
    parts = [chunk["choices"][0]["logprobs"] for chunk in chunks]
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}


def test_echo_has_the_log_probabilities_of_the_prompt() -> None:
    (choice,) = complete(echo=True, logprobs=1, max_tokens=3)["choices"]
    logprobs = choice["logprobs"]
    assert "".join(logprobs["tokens"]) == choice["text"]
    assert choice["text"].startswith("Once upon")
    positions = zip(logprobs["text_offset"], logprobs["tokens"], strict=True)
    assert all(choice["text"][at:].startswith(token) for at, token in positions)
    assert (logprobs["token_logprobs"][0], logprobs["top_logprobs"][0]) == (None, None)
    assert all(value is not None for value in logprobs["token_logprobs"][1:])


def test_echo_without_generation_returns_the_prompt() -> None:
    response = complete(echo=True, logprobs=0, max_tokens=0)
    (choice,) = response["choices"]
    assert (choice["text"], choice["finish_reason"]) == ("Once upon", "length")
    assert "".join(choice["logprobs"]["tokens"]) == "Once upon"
    assert response["usage"]["completion_tokens"] == 1
    with pytest.raises(ApiError, match="max_tokens must be at least 1"):
        complete(max_tokens=0)


def test_echo_of_token_ids_has_one_token_for_each() -> None:
    (choice,) = complete(prompt=[7, 8], echo=True, logprobs=1, max_tokens=0)["choices"]
    assert choice["logprobs"]["tokens"] == ["token7", " token8"]
    assert choice["text"] == "token7 token8"


@pytest.mark.parametrize("prompt", [[""], [[]]], ids=["text", "token ids"])
def test_echo_of_an_empty_prompt_has_no_log_probabilities(prompt: Any) -> None:
    (choice,) = complete(prompt=prompt, echo=True, logprobs=1, max_tokens=0)["choices"]
    assert choice["text"] == ""
    assert set(map(tuple, choice["logprobs"].values())) == {()}


@pytest.mark.parametrize("options", [{}, {"echo": True}, {"echo": True, "max_tokens": 0}])
def test_stream_has_the_text_and_log_probabilities_of_the_complete_response(
    options: dict[str, Any],
) -> None:
    (choice,) = complete(logprobs=2, **options)["choices"]
    chunks = stream(logprobs=2, **options)
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == choice["text"]
    assert joined_logprobs(chunks) == choice["logprobs"]


def test_log_probabilities_include_the_tokens_of_a_stop_sequence() -> None:
    reply = Reply(text=["one ", "two ", "three ", "four"])
    options = {"stop": ["two three"], "logprobs": 0}
    (choice,) = complete(reply, **options)["choices"]
    assert (choice["text"], choice["stop_reason"]) == ("one ", "two three")
    assert choice["logprobs"]["tokens"] == ["one ", "two ", "three "]
    chunks = stream(reply, **options)
    assert [chunk["choices"][0]["text"] for chunk in chunks] == ["", "", "one "]
    assert joined_logprobs(chunks) == choice["logprobs"]


def test_empty_completion_that_is_cut_off_has_no_log_probabilities() -> None:
    reply = Reply(text="", finish_reason="length")
    (chunk,) = stream(reply, logprobs=1)
    (choice,) = complete(reply, logprobs=1)["choices"]
    assert choice["logprobs"] == chunk["choices"][0]["logprobs"]
    assert set(map(len, choice["logprobs"].values())) == {0}


def test_last_chunk_has_the_fingerprint() -> None:
    *others, last = stream()
    assert "system_fingerprint" in last
    assert not any("system_fingerprint" in chunk for chunk in others)
    *others, last = stream(stream_options={"include_usage": True})
    assert (last["choices"], "system_fingerprint" in last) == ([], True)
    assert not any("system_fingerprint" in chunk for chunk in others)


def test_continuous_usage() -> None:
    options = {"include_usage": True, "continuous_usage_stats": True}
    chunks = stream(n=2, prompt=[1, 2, 3], max_tokens=2, stream_options=options)
    counts = [
        (chunk["usage"]["prompt_tokens"], chunk["usage"]["completion_tokens"]) for chunk in chunks
    ]
    assert counts == [(3, 1), (3, 1), (3, 2), (3, 2), (3, 4)]


@pytest.mark.parametrize(
    ("prompt", "count"), [([5, 6, 70_000], 3), ([[5, 6], [7]], 3), (["a b", "c"], 3)]
)
def test_usage_counts_each_prompt_once(prompt: Any, count: int) -> None:
    assert complete(prompt=prompt, n=2, temperature=1)["usage"]["prompt_tokens"] == count


def test_log_probabilities_of_all_tokens_are_too_many() -> None:
    with pytest.raises(ApiError, match="Requested sample logprobs of 131072"):
        complete(logprobs=-1)


def test_prompts_must_not_be_empty() -> None:
    for prompt, message in (("", "non-empty"), (None, "non-empty"), ([], "at least one prompt")):
        with pytest.raises(ApiError, match=message):
            complete(prompt=prompt)
