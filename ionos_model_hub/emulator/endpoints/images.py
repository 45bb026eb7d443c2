"""`POST /images/generations`: images whose colours depend on the prompt."""

import base64
import re
from collections.abc import Sequence

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.contract import check_body
from ionos_model_hub.emulator.errors import bad_request
from ionos_model_hub.emulator.images.encoding import encode_image
from ionos_model_hub.emulator.images.painting import paint_gradient
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import CREATED, get_model
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.text import digest

_SIZE = re.compile(r"(\d{1,4})[x*](\d{1,4})")
_FORMATS = ("png", "jpeg", "webp")


def generate_images(body: Json, config: ServerConfig, reply: Reply | None = None) -> Json:
    """Return the response body, with the image in base64.

    Args:
        body: Request body.
        config: Configuration of the server.
        reply: Scripted images.

    Raises:
        ApiError: The request is invalid.
    """
    check_body("ImageGenerationRequest", body)
    model = get_model(body["model"], "image", config)
    _check_image_count(body.get("n", 1))
    encoding = check_output_format(body.get("output_format", "png"))
    size = parse_size(body.get("size", "1024*1024"), model)
    if reply is not None and reply.images is not None:
        return image_response(reply.images, digest(config.seed, body))
    image = paint_gradient(*size, digest(config.seed, body["prompt"], 0))
    return image_response([encode_image(image, encoding)], digest(config.seed, body))


def image_response(images: Sequence[bytes], identity: str) -> Json:
    """Return a response body; `identity` varies its time."""
    data = [{"b64_json": base64.b64encode(image).decode()} for image in images]
    return {"created": CREATED + int(identity[-4:], 16), "data": data}


def _check_image_count(count: int) -> None:
    # Requests for several images fail on the hub; the body of its error is not known.
    if count != 1:
        raise bad_request(f"'n' must be 1, got {count}", "n")


def check_output_format(encoding: str) -> str:
    """Return the format of the image; raises ApiError if it is not supported."""
    if encoding not in _FORMATS:
        message = f"'output_format' must be one of {', '.join(_FORMATS)}, got {encoding!r}"
        raise bad_request(message, "output_format")
    return encoding


def parse_size(size: str, model: Model) -> tuple[int, int]:
    """Return width and height.

    Raises:
        ApiError: The model does not support the size.
    """
    match = _SIZE.fullmatch(size)
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if 0 in sides or (model.image_sizes and model.image_sizes.nearest(*sides) != sides):
        raise bad_request(f"invalid-image-size: {size}", "size", "invalid-image-size")
    return sides
