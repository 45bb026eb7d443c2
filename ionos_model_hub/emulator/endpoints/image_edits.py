"""`POST /images/edits`: the input image in another size, tinted with a colour.

IONOS documents the endpoint, but not the fields of its form. They are those that one client of the
hub sends: `model`, `prompt`, `url`, `mask_image`, `n`, `size`, `output_format` and `user`. The
file `image`, which OpenAI clients upload instead of `url`, and the file `mask` are accepted as
well. How the hub handles these is not known.
"""

import base64

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.images import (
    check_output_format,
    image_response,
    parse_size,
)
from ionos_model_hub.emulator.errors import ApiError, bad_request
from ionos_model_hub.emulator.images.encoding import decode_image, encode_image
from ionos_model_hub.emulator.images.painting import edit_raster, paint_gradient
from ionos_model_hub.emulator.images.raster import Raster
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import get_model
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.text import digest

_IMAGE_FIELDS = ("url", "image", "image[]")
_MASK_FIELDS = ("mask_image", "mask")
_SIZE_OF_REMOTE_IMAGES = 1024


def edit_image(form: Json, config: ServerConfig, reply: Reply | None = None) -> Json:
    """Return the response body, with the edited image in base64.

    Args:
        form: Fields of the form; files are data URLs.
        config: Configuration of the server.
        reply: Scripted images.

    Raises:
        ApiError: The request is invalid.
    """
    prompt, encoding = _check_form(form)
    model = get_model(form["model"], "image", config)
    if not model.image_edits:
        raise bad_request(f"The model '{model.id}' does not support this endpoint", "model")
    size = parse_size(form["size"], model) if "size" in form else None
    image = _image(form)
    mask = _mask(form)
    identity = digest(config.seed, form)
    if reply is not None and reply.images is not None:
        return image_response(reply.images, identity)
    edited = edit_raster(image, mask, prompt, identity, size or _default_size(image, model))
    return image_response([encode_image(edited, encoding)], identity)


def _check_form(form: Json) -> tuple[str, str]:
    """Return prompt and output format; check all fields that are not images."""
    for name, value in form.items():
        if isinstance(value, list) and name != "image[]":
            raise bad_request(f"'{name}' occurs {len(value)} times", name)
    for name in ("model", "prompt"):
        if not form.get(name):
            raise bad_request(f"Invalid value for '{name}': it is required", name)
    if (count := form.get("n", "1")) != "1":
        raise bad_request(f"'n' must be 1, got {count[:20]!r}", "n")
    if form.get("response_format", "b64_json") != "b64_json":
        raise bad_request("'response_format' must be b64_json", "response_format")
    return form["prompt"], check_output_format(form.get("output_format", "png"))


def _image(form: Json) -> Raster:
    """Return the pixels of the only input image; an http(s) URL gives a gradient."""
    values = [(name, form[name]) for name in _IMAGE_FIELDS if name in form]
    if len(values) != 1 or isinstance(values[0][1], list):
        raise bad_request("There must be exactly one input image", "url")
    ((name, value),) = values
    if value.startswith(("http://", "https://")):
        side = _SIZE_OF_REMOTE_IMAGES
        return paint_gradient(side, side, digest(value))
    return _decode(value, name)


def _mask(form: Json) -> Raster | None:
    name = next((name for name in _MASK_FIELDS if name in form), None)
    return None if name is None else _decode(form[name], name)


def _decode(url: str, name: str) -> Raster:
    """Return the pixels of an image in a data URL."""
    head, separator, encoded = url.partition(";base64,")
    if not separator or not head.startswith("data:"):
        raise _not_a_data_url(name)
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:  # binascii.Error, or text that is not ASCII
        raise _not_a_data_url(name) from None
    return decode_image(data, name)


def _not_a_data_url(name: str) -> ApiError:
    urls = "an http, https or data URL" if name == "url" else "a data URL"
    return bad_request(f"'{name}' must be {urls} with valid base64", name)


def _default_size(image: Raster, model: Model) -> tuple[int, int]:
    """Return the supported size that is closest to that of the image."""
    size = image.width, image.height
    return model.image_sizes.nearest(*size) if model.image_sizes else size
