"""Images of other formats than PNG need Pillow."""

import sys
from io import BytesIO

import pytest
from PIL import Image

from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.images.encoding import decode_image, encode_image
from ionos_model_hub.emulator.images.painting import paint_gradient
from ionos_model_hub.emulator.images.raster import MAX_PIXELS, Raster

GRADIENT = paint_gradient(8, 4, "ff8800001188")


@pytest.fixture
def without_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)


def file_of(image: Image.Image, encoding: str) -> bytes:
    file = BytesIO()
    image.save(file, encoding)
    return file.getvalue()


def test_png_needs_no_pillow(without_pillow: None) -> None:
    assert decode_image(encode_image(GRADIENT, "png"), "url") == GRADIENT


@pytest.mark.parametrize("encoding", ["png", "jpeg", "webp"])
def test_all_formats_with_pillow(encoding: str) -> None:
    data = encode_image(GRADIENT, encoding)
    assert Image.open(BytesIO(data)).format == encoding.upper()
    decoded = decode_image(data, "url")
    assert (decoded.width, decoded.height, decoded.alpha) == (8, 4, None)


def test_opacity_is_decoded() -> None:
    decoded = decode_image(file_of(Image.new("RGBA", (2, 1), (1, 2, 3, 4)), "png"), "mask_image")
    assert decoded == Raster(2, [bytes([1, 2, 3, 1, 2, 3])], [b"\x04\x04"])


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"%PDF", "'url' cannot be decoded: cannot identify image file"), (b"\xff\xd8\xff", "'url'")],
)
def test_unknown_formats_are_rejected(data: bytes, message: str) -> None:
    with pytest.raises(ApiError, match=message) as caught:
        decode_image(data, "url")
    assert (caught.value.status, caught.value.param) == (400, "url")


def test_damaged_files_are_rejected() -> None:
    damaged = encode_image(GRADIENT, "png").replace(b"IDAT", bytes(4))
    with pytest.raises(ApiError, match="'url' cannot be decoded"):
        decode_image(damaged, "url")


def test_large_images_are_rejected() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    with pytest.raises(ApiError, match="too large"):
        decode_image(file_of(Image.new("1", (side, side)), "png"), "url")


@pytest.mark.parametrize("data", [b"\xff\xd8\xff", b"GIF89a"])
def test_errors_without_pillow_name_the_package(without_pillow: None, data: bytes) -> None:
    with pytest.raises(ApiError, match="pip install pillow"):
        decode_image(data, "url")
    with pytest.raises(ApiError, match="pip install pillow") as caught:
        encode_image(GRADIENT, "webp")
    assert caught.value.param == "output_format"
