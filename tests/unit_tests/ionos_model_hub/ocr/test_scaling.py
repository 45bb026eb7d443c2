"""Images of pages are scaled, turned upright and made opaque."""

from io import BytesIO

import pytest
from PIL import Image

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.ocr.scaling import check_pixels, scale_down

ORIENTATION = 0x0112
ROTATED_90 = 6


def reopened(image: Image.Image, format_: str, **options: object) -> Image.Image:
    file = BytesIO()
    image.save(file, format_, **options)
    return Image.open(file)


@pytest.mark.parametrize(
    ("size", "expected"), [((400, 200), (100, 50)), ((200, 400), (50, 100)), ((90, 40), (90, 40))]
)
def test_longest_side_is_limited_and_proportions_are_kept(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert scale_down(Image.new("RGB", size), 100).size == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("1", "L"), ("L", "L"), ("I;16", "L"), ("RGB", "RGB"), ("CMYK", "RGB"), ("P", "RGB")],
)
def test_images_become_grey_or_colour(mode: str, expected: str) -> None:
    assert scale_down(Image.new(mode, (20, 20)), 100).mode == expected


def test_16_bit_grey_keeps_its_brightness() -> None:
    image = scale_down(Image.new("I;16", (4, 4), 0x8000), 100)
    assert image.getpixel((0, 0)) == 0x80


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_become_white(mode: str) -> None:
    image = scale_down(Image.new(mode, (4, 4)), 100)
    assert image.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF"])
def test_photos_are_turned_upright(format_: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATED_90
    photo = reopened(Image.new("RGB", (40, 20)), format_, exif=exif)
    assert scale_down(photo, 100).size == (20, 40)


def test_number_of_pixels_is_limited() -> None:
    check_pixels((10, 10), ImageLimits(max_pixels=100))
    with pytest.raises(InvalidRequestError, match="11 x 10 pixels, the limit is 100"):
        check_pixels((11, 10), ImageLimits(max_pixels=100))
