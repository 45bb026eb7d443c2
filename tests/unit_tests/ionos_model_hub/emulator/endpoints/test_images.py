"""Generated images: format, sizes, errors."""

import base64
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.images import generate_images
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.profiles import HUB

CONFIG = ServerConfig(today=date(2026, 11, 1))
FLUX_1 = "black-forest-labs/FLUX.1-schnell"
FLUX_2 = "black-forest-labs/FLUX.2-klein-4B"


def generate(**body: Any) -> bytes:
    (item,) = generate_images({"model": FLUX_2, "prompt": "a fox", **body}, CONFIG)["data"]
    return base64.b64decode(item["b64_json"])


@pytest.mark.parametrize("size", ["512x768", "512*768"])
def test_size_separators(size: str) -> None:
    assert Image.open(BytesIO(generate(size=size))).size == (512, 768)


def test_images_depend_on_the_prompt() -> None:
    assert generate(size="64x64") == generate(size="64x64")
    assert generate(size="64x64") != generate(prompt="a cat", size="64x64")


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_output_formats(output_format: str) -> None:
    image = Image.open(BytesIO(generate(size="64x64", output_format=output_format)))
    assert (image.format, image.size) == (output_format.upper(), (64, 64))


@pytest.mark.parametrize(
    ("model", "size"),
    [
        (FLUX_1, "512x512"),
        (FLUX_2, "100x100"),
        (FLUX_2, "4096x4096"),
        (FLUX_2, "48x64"),
        (FLUX_2, "large"),
        (FLUX_2, "0x0"),
        (FLUX_2, ""),
    ],
)
def test_unsupported_sizes_are_rejected(model: str, size: str) -> None:
    with pytest.raises(ApiError, match="invalid-image-size") as caught:
        generate(model=model, size=size)
    assert caught.value.status == 400
    assert caught.value.body(HUB)["error"]["code"] == "invalid-image-size"


@pytest.mark.parametrize(
    ("field", "value"), [("n", 2), ("n", 0), ("output_format", "gif"), ("response_format", "url")]
)
def test_unsupported_values_are_rejected(field: str, value: object) -> None:
    with pytest.raises(ApiError) as caught:
        generate(**{field: value})
    assert (caught.value.status, caught.value.param) == (400, field)
