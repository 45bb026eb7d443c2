"""Images of pages are encoded within the limits."""

import random
from io import BytesIO

import pytest
from PIL import Image

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.ocr.page_image import encode


def noise(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(0).randbytes(3 * width * height))


def test_small_pages_are_sent_as_png() -> None:
    image = encode(Image.new("L", (50, 50)), ImageLimits())
    assert image.mime_type == "image/png"
    assert image.data_url.startswith("data:image/png;base64,")


def test_png_above_the_limit_becomes_jpeg() -> None:
    image = encode(noise(200, 200), ImageLimits(max_image_bytes=60_000))
    assert image.mime_type == "image/jpeg"
    assert len(image.data) <= 60_000
    assert Image.open(BytesIO(image.data)).size == (200, 200)


def test_page_above_the_limit_is_an_error() -> None:
    with pytest.raises(InvalidRequestError, match="as JPEG, the limit is 100") as raised:
        encode(noise(200, 200), ImageLimits(max_image_bytes=100))
    assert raised.value.param == "max_image_bytes"
