"""Images are scaled and encoded with Pillow."""

import sys
from io import BytesIO
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.transport.image_encoding import is_pil_image, reencode


def file_of(image: Image.Image, encoding: str = "png", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, encoding, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


RED = Image.new("RGB", (40, 20), "red")


def test_files_that_fit_are_unchanged() -> None:
    data = file_of(RED, "jpeg")
    assert reencode(data, "image", max_pixels=800) is data
    assert reencode(data, "image", encoding="jpeg") is data
    assert reencode(data, "image", max_pixels=800, encoding="jpeg") is data


@given(width=st.integers(1, 300), height=st.integers(1, 300), max_pixels=st.integers(1, 50_000))
def test_scaled_images_fit_and_keep_their_shape(width: int, height: int, max_pixels: int) -> None:
    image = opened(reencode(Image.new("L", (width, height)), "image", max_pixels=max_pixels))
    fits = width * height <= max_pixels
    assert (image.size == (width, height)) is fits or max(image.size) == 1
    assert image.width * image.height <= max(max_pixels, width, height)
    if min(image.size) > 10:
        assert image.width / image.height == pytest.approx(width / height, rel=0.2)


@pytest.mark.parametrize("encoding", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_every_mode_is_encoded(mode: str, encoding: Any) -> None:
    image = opened(reencode(Image.new(mode, (8, 4)), "image", encoding=encoding))
    assert (image.format, image.size) == (encoding.upper(), (8, 4))


@pytest.mark.parametrize(("source", "target"), [("png", "png"), ("jpeg", "jpeg"), ("gif", "png")])
def test_scaled_files_keep_their_format(source: str, target: str) -> None:
    image = opened(reencode(file_of(RED, source), "image", max_pixels=200))
    assert (image.format, image.size) == (target.upper(), (20, 10))


def test_transparent_parts_become_white_in_jpeg() -> None:
    transparent = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    pixel = opened(reencode(file_of(transparent), "image", encoding="jpeg")).getpixel((4, 4))
    assert pixel == (255, 255, 255)


def test_images_are_rotated_as_their_exif_data_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = opened(reencode(file_of(RED, "jpeg", exif=exif), "image", encoding="png"))
    assert image.size == (20, 40)
    assert not image.getexif()


@pytest.mark.parametrize("limit", [10, 500])  # an error, and a warning that is an error in tests
def test_decompression_bombs_are_rejected(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(InvalidRequestError, match="could be decompression bomb"):
        reencode(file_of(RED), "image", max_pixels=5)


def test_damaged_files_are_rejected() -> None:
    damaged = file_of(RED).replace(b"IDAT", bytes(4))
    with pytest.raises(InvalidRequestError, match="image cannot be converted"):
        reencode(damaged, "image", max_pixels=100)


@pytest.mark.parametrize("encoding", ["JPG", "gif", 5])
def test_encoding_must_be_known(encoding: Any) -> None:
    with pytest.raises(InvalidRequestError, match="must be 'png', 'jpeg' or 'webp'") as caught:
        reencode(file_of(RED), "image", encoding=encoding)
    assert caught.value.param == "encoding"


@pytest.mark.parametrize("max_pixels", [0, -1, nan, "1000"])
def test_max_pixels_must_be_positive(max_pixels: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        reencode(b"", "image", max_pixels=max_pixels)
    assert caught.value.param == "max_pixels"


def test_missing_pillow_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(InvalidRequestError) as caught:
        reencode(b"", "mask", encoding="png")
    assert caught.value.param == "mask"
    assert 'pip install "ionos-model-hub[images]"' in str(caught.value.hint)


def test_pil_images_are_recognised_without_importing_pillow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert is_pil_image(RED)
    assert not is_pil_image("red.png")
    monkeypatch.delitem(sys.modules, "PIL.Image")
    assert not is_pil_image(b"")
    assert "PIL.Image" not in sys.modules
