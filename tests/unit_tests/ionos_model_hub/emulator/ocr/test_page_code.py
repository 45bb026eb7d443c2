"""The code on rendered pages survives the formats and sizes that documents have."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ionos_model_hub.emulator import render_document, render_page
from ionos_model_hub.emulator.ocr.page_code import PAGE_SIZE, read_code
from ionos_model_hub.ocr.formats import open_format
from ionos_model_hub.ocr.limits import ImageLimits

TEXT = "# Rechnung\n\n| Größe | Preis |\n|---|---|\n| 3 m² | 1.234,50 € |\n\n" + "Übergabe. " * 90


def page(text: str = TEXT) -> Image.Image:
    return Image.open(BytesIO(render_page(text)))


@settings(max_examples=20)
@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_any_text_is_read_exactly(text: str) -> None:
    assert read_code(page(text)) == text


@pytest.mark.parametrize("width", [1540, 1000, 700, 500])
def test_code_survives_scaling(width: int) -> None:
    size = width, width * PAGE_SIZE[1] // PAGE_SIZE[0]
    assert read_code(page().resize(size, Image.Resampling.LANCZOS)) == TEXT


def test_code_survives_jpeg_compression() -> None:
    file = BytesIO()
    page().save(file, "JPEG", quality=50)
    assert read_code(Image.open(file)) == TEXT


@pytest.mark.parametrize("format_", ["PDF", "TIFF"])
def test_code_survives_documents(format_: str) -> None:
    document = open_format(render_document([TEXT, "Two"], format_), ImageLimits())
    assert [read_code(document.image(index)) for index in range(2)] == [TEXT, "Two"]
    document.close()


@pytest.mark.parametrize(
    "image",
    [
        Image.new("L", (1, 1)),
        Image.new("L", PAGE_SIZE, "white"),
        Image.new("RGB", (300, 500)),
        page().rotate(180),
        page().crop((0, 0, 900, 1536)),
    ],
    ids=["pixel", "white", "black", "rotated", "cropped"],
)
def test_other_images_have_no_code(image: Image.Image) -> None:
    assert read_code(image) is None


def test_damaged_code_is_not_read() -> None:
    damaged = page()
    damaged.paste("white", (500, PAGE_SIZE[1] - 200, 560, PAGE_SIZE[1] - 30))
    assert read_code(damaged) is None


def test_text_that_does_not_fit_is_an_error() -> None:
    text = "".join(chr(0x4E00 + index * 7919 % 20_000) for index in range(5000))
    with pytest.raises(ValueError, match="too long for one page: 5,000 characters"):
        render_page(text)
