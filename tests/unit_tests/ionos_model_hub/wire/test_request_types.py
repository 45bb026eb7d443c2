"""Request types accept the contract, and what the live service accepts beyond it."""

from typing import get_type_hints

import pytest

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire.validation import check


@pytest.mark.parametrize(
    ("shape", "fields"),
    [
        (
            types.ChatOptions,
            """temperature top_p n stop max_tokens max_completion_tokens presence_penalty
            frequency_penalty logit_bias user response_format tools tool_choice seed stream_options
            reasoning_effort parallel_tool_calls logprobs top_logprobs extra_body extra_headers
            extra_query timeout""",
        ),
        (
            types.CompletionOptions,
            """temperature top_p n stop max_tokens presence_penalty frequency_penalty logit_bias
            user seed stream_options logprobs extra_body extra_headers extra_query timeout""",
        ),
        (types.EmbeddingRequest, "model input encoding_format dimensions user extra_body"),
        (types.RerankRequest, "model query documents top_n extra_body"),
        (
            types.ImageGenerationRequest,
            "model prompt n size response_format user output_format extra_body",
        ),
        (
            types.ImageEditRequest,
            "model prompt image mask n size output_format user extra_body",
        ),
        (
            types.ChatMessage,
            "role content name tool_calls tool_call_id reasoning reasoning_content",
        ),
    ],
)
def test_fields(shape: type, fields: str) -> None:
    assert set(get_type_hints(shape)) == set(fields.split())


@pytest.mark.parametrize("role", ["system", "user", "assistant", "tool"])
def test_roles(role: str) -> None:
    message = {"role": role, "content": "x"}
    assert check(types.ChatMessage, message) == message


@pytest.mark.parametrize(
    ("given", "accepted"),
    [("END", ["END"]), (["a", "b"], ["a", "b"]), (("a", "b", "c", "d"), ["a", "b", "c", "d"])],
)
def test_single_stop_becomes_a_list(given: object, accepted: list[str]) -> None:
    options = {"model": "m", "prompt": "p", "stop": given}
    assert check(types.CompletionRequest, options)["stop"] == accepted


@pytest.mark.parametrize("size", ["1024x1024", "1024*1024", "512x768"])
def test_both_forms_of_an_image_size(size: str) -> None:
    request = {"model": "m", "prompt": "p", "size": size}
    assert check(types.ImageGenerationRequest, request)["size"] == size


@pytest.mark.parametrize("size", ["big", "1024", "x1024", "1024x", "1x2x3", "-1x2", "1024 x 1024"])
def test_other_image_sizes_are_rejected(size: str) -> None:
    with pytest.raises(InvalidRequestError, match="WIDTHxHEIGHT") as caught:
        check(types.ImageGenerationRequest, {"model": "m", "prompt": "p", "size": size})
    assert caught.value.param == "size"


IMAGE_EDIT = {"model": "m", "prompt": "p", "image": "https://example.org/a.png"}
DATA_URL = "data:image/png;base64,aGk="


@pytest.mark.parametrize(
    "images",
    [
        {"image": "https://example.org/a.png"},
        {"image": "http://example.org/a.png"},
        {"image": DATA_URL, "mask": DATA_URL},
    ],
)
def test_images_of_an_edit(images: dict[str, str]) -> None:
    assert check(types.ImageEditRequest, IMAGE_EDIT | images) == IMAGE_EDIT | images


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("image", "a.png", "must be an http(s) URL or a data URL of an image"),
        ("mask", "https://example.org/a.png", "must be a data URL of an image"),
        ("size", "big", "must have the form WIDTHxHEIGHT, for example '1024x1024'"),
    ],
)
def test_errors_of_an_edit_name_the_accepted_forms(field: str, value: str, problem: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check(types.ImageEditRequest, IMAGE_EDIT | {field: value})
    assert caught.value.message == f"{field} {problem}, got {value!r}."


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("field", ["temperature", "top_p", "presence_penalty"])
def test_numbers_must_be_finite(field: str, number: float) -> None:
    with pytest.raises(InvalidRequestError, match="finite") as caught:
        check(types.CompletionRequest, {"model": "m", "prompt": "p", field: number})
    assert caught.value.param == field


def test_logit_biases_must_be_finite() -> None:
    with pytest.raises(InvalidRequestError, match="finite") as caught:
        check(
            types.CompletionRequest,
            {"model": "m", "prompt": "p", "logit_bias": {"50256": float("inf")}},
        )
    assert caught.value.param == "logit_bias.50256"
