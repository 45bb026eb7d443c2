"""Requests for images: one for each image, edits as a form."""

from email import message_from_bytes
from typing import Any, get_type_hints

import pytest
from request_bodies import rejected, sent

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire.call_options import NO_OPTIONS
from ionos_model_hub.wire.image_requests import EDIT_FORM, image_edits, image_generations
from ionos_model_hub.wire.requests import Request
from ionos_model_hub.wire.response_types import GeneratedImage

URL = "https://example.org/a.png"
DATA_URL = "data:image/png;base64,iVBORw0KGgo="
FLUX_1 = "black-forest-labs/FLUX.1-schnell"


def edit(mask: str | None = None, **options: Any) -> Request[GeneratedImage]:
    (request,) = image_edits("m", "Ein See", URL, mask, options)
    return request


def form_of(request: Request[Any]) -> dict[str, str]:
    """Return the fields of a form, as the standard library reads them."""
    head = f"Content-Type: {request.options.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + (request.encode() or b""))
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(
            decode=True
        ).decode()
        for part in message.get_payload()
    }


@pytest.mark.parametrize(("options", "count"), [({}, 1), ({"n": None}, 1), ({"n": 3}, 3)])
def test_each_generation_requests_one_image(options: dict[str, Any], count: int) -> None:
    requests = image_generations("m", "Ein Haus", {**options, "size": "1024*1024"})
    assert len(requests) == count
    for request in requests:
        assert (request.path, request.images) == ("/images/generations", 1)
        body = sent(request)
        assert body.pop("n", None) == (1 if options.get("n") else None)
        assert body == {"model": "m", "prompt": "Ein Haus", "size": "1024*1024"}
        assert request.read({"data": [{"b64_json": "aGk="}]}) == GeneratedImage(b"hi")


def test_response_with_another_number_of_images_is_an_error() -> None:
    (request,) = image_generations("m", "p", {})
    with pytest.raises(ResponseError, match="must contain 1 images, got 2"):
        request.read({"data": [{"b64_json": "aGk="}] * 2})


def test_extra_body_of_generations_is_sent_and_not_checked() -> None:
    (request,) = image_generations(FLUX_1, "p", {"extra_body": {"seed": 1, "size": "1x1"}})
    assert (sent(request)["seed"], sent(request)["size"]) == (1, "1x1")


@pytest.mark.parametrize(
    ("param", "options"),
    [
        ("size", {"size": "big"}),
        ("size", {"size": 1024}),
        ("size", {"size": "1024x1024x3"}),
        ("size", {"size": "512x512"}),
        ("n", {"n": 0}),
        ("output_format", {"output_format": "gif"}),
        ("response_format", {"response_format": "url"}),
        ("quality", {"quality": "hd"}),
    ],
)
def test_invalid_generations_are_rejected(param: str, options: dict[str, Any]) -> None:
    rejected(param, lambda: image_generations(FLUX_1, "p", options)[0])


def test_edit_is_a_form_with_the_fields_of_the_table() -> None:
    request = edit(
        DATA_URL, n=1, size="512x768", output_format="webp", user="u", extra_body={"seed": 7}
    )
    assert (request.path, request.images) == ("/images/edits", 1)
    assert form_of(request) == {
        "model": "m",
        "prompt": "Ein See",
        "url": URL,
        "mask_image": DATA_URL,
        "n": "1",
        "size": "512x768",
        "output_format": "webp",
        "user": "u",
        "seed": "7",
    }
    assert request.read({"data": [{"b64_json": "aGk="}]}) == GeneratedImage(b"hi")


def test_body_of_an_edit_has_its_fields_without_the_images() -> None:
    assert edit(DATA_URL, size="512x768").body == {
        "model": "m",
        "prompt": "Ein See",
        "size": "512x768",
    }


def test_only_set_fields_are_sent() -> None:
    assert form_of(edit()) == {"model": "m", "prompt": "Ein See", "url": URL}
    assert form_of(edit(size=None, user=None)) == {"model": "m", "prompt": "Ein See", "url": URL}


def test_extra_fields_are_sent_as_text_and_take_precedence() -> None:
    extra = {"a": True, "b": [1, "x"], "c": None, "prompt": "other"}
    form = form_of(edit(extra_body=extra))
    assert form["prompt"] == "other"
    assert (form["a"], form["b"], form["c"]) == ("true", '[1,"x"]', "null")


def test_table_describes_every_argument_of_an_edit() -> None:
    arguments = [field.argument for field in EDIT_FORM]
    assert set(arguments) == set(get_type_hints(types.ImageEditRequest)) - {"extra_body"}
    assert len({field.name for field in EDIT_FORM}) == len(arguments)


def test_edit_carries_the_options_of_its_call_and_its_content_type() -> None:
    options = edit(extra_headers={"x-team": "a"}, timeout=3).options
    assert options.headers == {
        "x-team": "a",
        "content-type": "multipart/form-data; boundary=form-0",
    }
    assert options.timeout == 3.0
    assert NO_OPTIONS.headers == {}


def test_several_edits_share_one_body() -> None:
    first, second = image_edits("m", "p", DATA_URL, None, {"n": 2})
    assert first.encode() is second.encode()
    assert first.encode() == first.encode()


@pytest.mark.parametrize(
    ("param", "arguments"),
    [
        ("image", ("m", "p", "a.png", None, {})),
        ("image", ("m", "p", "data:text/plain;base64,aGk=", None, {})),
        ("mask", ("m", "p", URL, "https://example.org/a.png", {})),
        ("prompt", ("m", "", URL, None, {})),
        ("prompt", ("m", "half \ud83d", URL, None, {})),
        ("names of extra_body[0]", ("m", "p", URL, None, {"extra_body": {"\ud83d": "a"}})),
        ("extra_body.a", ("m", "p", URL, None, {"extra_body": {"a": "\ud83d"}})),
        ("model", ("", "p", URL, None, {})),
        ("size", (FLUX_1, "p", URL, None, {"size": "512x512"})),
        ("n", ("m", "p", URL, None, {"n": 0})),
        ("response_format", ("m", "p", URL, None, {"response_format": "url"})),
    ],
)
def test_invalid_edits_are_rejected(param: str, arguments: tuple[Any, ...]) -> None:
    rejected(param, lambda: image_edits(*arguments)[0])
