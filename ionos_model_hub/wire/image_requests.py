"""Build the requests that return images. Each of them asks for one: n > 1 fails on the hub."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

from pydantic import JsonValue
from pydantic_core import to_json

from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire import responses
from ionos_model_hub.wire.call_options import CallOptions
from ionos_model_hub.wire.image_sizes import check_image_size
from ionos_model_hub.wire.multipart import FormPart, encode_form
from ionos_model_hub.wire.requests import Request, check_surrogates, set_fields, with_extra_body
from ionos_model_hub.wire.response_types import GeneratedImage
from ionos_model_hub.wire.validation import check


class FormField(NamedTuple):
    """A field of the form for image edits.

    Attributes:
        argument: Name of the argument.
        name: Name of the form field.
        source: Whether IONOS documents it, or it was inferred from other clients.
        meaning: Description of the value.
    """

    argument: str
    name: str
    source: Literal["documented", "inferred"]
    meaning: str


EDIT_FORM: tuple[FormField, ...] = (
    FormField("model", "model", "documented", "Id of a model that edits images"),
    FormField("prompt", "prompt", "documented", "Description of the edit"),
    FormField("image", "url", "inferred", "http(s) or data URL of the one image"),
    FormField("mask", "mask_image", "inferred", "data URL of the mask"),
    FormField("n", "n", "inferred", "Number of images; always 1 if sent"),
    FormField("size", "size", "inferred", "Width x height of the result"),
    FormField("output_format", "output_format", "inferred", "png, jpeg or webp"),
    FormField("user", "user", "inferred", "Identifier of the end user"),
)
"""All fields of the form.

IONOS documents the endpoint, the model, the prompt and that there is an input image (page "Image
edits" of the AI Model Hub, 2026). The names of the other fields are those that one client of the
hub sends (2026); none of them is in the published schemas.
"""

_IMAGES = ("image", "mask")


def image_generations(
    model: str, prompt: str, options: Mapping[str, object]
) -> list[Request[GeneratedImage]]:
    """`POST /images/generations`, a request for each image; the size is sent as written.

    Args:
        model: The image model.
        prompt: Description of the images.
        options: The fields of `types.ImageOptions`; None is unset.

    Raises:
        InvalidRequestError: An argument violates the contract, or the model does not support
            the size.
    """
    fields = set_fields(options, model=model, prompt=prompt)
    body = check(types.ImageGenerationRequest, fields)
    count = _take_count(body)
    check_image_size(model, body.get("size", ""))
    request = Request(
        "/images/generations",
        read_image,
        with_extra_body(body),
        images=1,
        options=CallOptions.of(options),
    )
    return [request] * count


def image_edits(
    model: str,
    prompt: str,
    image: str,
    mask: str | None,
    options: Mapping[str, object],
) -> list[Request[GeneratedImage]]:
    """`POST /images/edits`, a request for each image, as a form with the fields of `EDIT_FORM`.

    Args:
        model: The image model.
        prompt: Description of the edit.
        image: http(s) or data URL of the image.
        mask: URL of the mask.
        options: The fields of `types.ImageEditOptions`; None is unset.

    Raises:
        InvalidRequestError: An argument is invalid, or the model does not support the size.
    """
    fields = set_fields({**options, "mask": mask}, model=model, prompt=prompt, image=image)
    body = check(types.ImageEditRequest, fields)
    count = _take_count(body)
    check_image_size(model, body.get("size", ""))
    check_surrogates({**body, "names of extra_body": list(body.get("extra_body", {}))})
    form = encode_form(_form_parts(body))
    given = CallOptions.of(options)
    headers = {**given.headers, "content-type": form.content_type}
    without_images = {name: value for name, value in body.items() if name not in _IMAGES}
    request = Request(
        "/images/edits",
        read_image,
        without_images,
        images=1,
        options=replace(given, headers=headers),
        form=form.body,
    )
    return [request] * count


def read_image(body: JsonValue) -> GeneratedImage:
    """Return the image of a response; raises ResponseError if there is not exactly one."""
    (image,) = responses.read_images(body, expected=1)
    return image


def _take_count(body: types.ImageGenerationRequest | types.ImageEditRequest) -> int:
    """Return the number of images, and request one of them."""
    count = body.get("n")
    if count is None:
        return 1
    body["n"] = 1
    return count


def _form_parts(body: types.ImageEditRequest) -> list[FormPart]:
    extra = body.get("extra_body", {})
    fields = {
        field.name: body[field.argument]  # type: ignore[literal-required]  # names of the table
        for field in EDIT_FORM
        if field.argument in body
    }
    return [
        FormPart(name, value if isinstance(value, str) else to_json(value).decode())
        for name, value in {**fields, **extra}.items()
    ]
