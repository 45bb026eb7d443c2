"""Errors of embedding and rerank requests name the text at fault, with the caller's index."""

import pytest

from ionos_model_hub.errors import BadRequestError, ContextOverflowError, InvalidRequestError
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.text_errors import RequestTexts


def overflow(message: str = "Too long.", param: str | None = None) -> ContextOverflowError:
    return ContextOverflowError(message, param=param, hint="Old.")


@pytest.mark.parametrize(
    ("message", "reported", "param", "hint"),
    [
        ("Too long.", None, "input[65]", "Split input[65] (40 characters, the longest)"),
        ("input[0] is too long", None, "input[64]", "Split input[64] (3 characters)"),
        ("Too long.", "input.2", "input[66]", "Split input[66] (7 characters)"),
        ("Too long.", "input[3]", "input[65]", "Split input[65] (40 characters, the longest)"),
        ("input " + "9" * 5000, None, "input[65]", "Split input[65] (40 characters, the longest)"),
    ],
)
def test_text_that_is_too_long_is_named(
    message: str, reported: str | None, param: str, hint: str
) -> None:
    error = overflow(message, reported)
    texts = ["abc", "x" * 40, "y" * 7]
    requests.embeddings("m", texts, {}, first_index=64).explain(error)
    assert error.param == param
    assert error.hint == (f"{hint} into shorter pieces, or use a model with a longer context.")


def test_single_text_is_not_called_the_longest() -> None:
    error = overflow()
    requests.embeddings("m", "abc", {}).explain(error)
    assert error.param == "input[0]"
    assert (error.hint or "").startswith("Split input[0] (3 characters) into")


def test_documents_of_a_ranking_are_named() -> None:
    error = overflow()
    requests.rerank("m", "q", ["a", {"text": "bcd"}, {"image": "x"}], {}).explain(error)
    assert error.param == "documents[1]"


def test_other_errors_and_requests_are_unchanged() -> None:
    error = BadRequestError("input[0] is wrong", hint="Old.")
    requests.embeddings("m", ["a"], {}).explain(error)
    RequestTexts("input").locate(overflow())
    assert (error.param, error.hint) == (None, "Old.")
    long = overflow()
    requests.models().explain(long)
    assert long.hint == "Old."


def test_lone_surrogate_is_located_with_the_callers_index() -> None:
    request = requests.embeddings("m", ["a", "b\ud83d"], {}, first_index=64)
    with pytest.raises(InvalidRequestError, match=r"^input\[65\] contains half") as caught:
        request.encode()
    assert caught.value.param == "input[65]"


def test_lone_surrogate_elsewhere_is_located() -> None:
    request = requests.embeddings("m", ["a"], {"extra_body": {"tags": ["x", "\udc00"]}})
    with pytest.raises(InvalidRequestError, match=r"^tags\[1\] contains half"):
        request.encode()
    chat = requests.chat("m", [{"role": "user", "content": "a\ud83d"}], {}).non_streamed()
    with pytest.raises(InvalidRequestError, match=r"^messages\[0\]\.content contains half"):
        chat.encode()


def test_longer_one_of_two_texts_is_called_the_longest() -> None:
    error = overflow()
    requests.embeddings("m", ["a", "bc"], {}).explain(error)
    assert (error.hint or "").startswith("Split input[1] (2 characters, the longest) into")


@pytest.mark.parametrize("index", range(3))
def test_longest_text_is_named_at_any_position(index: int) -> None:
    texts = ["abc"] * 3
    texts[index] = "x" * 40
    error = overflow()
    requests.embeddings("m", texts, {}).explain(error)
    assert error.param == f"input[{index}]"
