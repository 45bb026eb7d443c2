"""Pages of PDF, TIFF, PNG and JPEG files."""

from pathlib import Path

import pytest

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.ocr.formats import open_format
from ionos_model_hub.ocr.limits import ImageLimits

from .conftest import image_file, text_pdf

A4 = (595, 842)
LIMITS = ImageLimits(max_side=300, max_pixels=1_000_000)


@pytest.mark.parametrize("format_", ["PDF", "TIFF"])
def test_pages_of_different_sizes(format_: str) -> None:
    document = open_format(image_file(format_, (600, 400), (100, 200), (600, 600)), LIMITS)
    assert document.count == 3
    assert [document.image(index).size for index in (2, 0)] == [(300, 300), (300, 200)]
    document.close()


@pytest.mark.parametrize("format_", ["PNG", "JPEG"])
def test_images_are_one_page(format_: str) -> None:
    document = open_format(image_file(format_, (600, 400)), LIMITS)
    assert (document.count, document.image(0).size) == (1, (300, 200))
    assert document.text(0) == ""
    document.close()


@pytest.mark.parametrize("format_", ["PDF", "TIFF", "PNG", "JPEG"])
def test_format_is_recognized_by_the_content(format_: str, tmp_path: Path) -> None:
    path = tmp_path / "scan.bin"
    path.write_bytes(image_file(format_, (20, 20)))
    document = open_format(path, LIMITS)
    assert document.count == 1
    document.close()


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"Hello", b"PK\x03\x04"])
def test_other_formats_are_an_error(content: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="neither a PDF nor a TIFF, PNG or JPEG"):
        open_format(content, LIMITS)


def test_pdf_pages_are_rendered_at_the_limit() -> None:
    document = open_format(text_pdf("Hello"), LIMITS)
    assert max(document.image(0).size) == 300
    document.close()


def test_small_pdf_pages_are_rendered_at_300_dpi() -> None:
    document = open_format(text_pdf("Hello", size=(36, 18)), LIMITS)
    assert document.image(0).size == (150, 75)
    document.close()


def test_text_layer() -> None:
    document = open_format(text_pdf("First line  ", "Second line", "Grüße"), LIMITS)
    assert document.text(0) == "First line\nSecond line\nGrüße"
    document.close()


def test_scans_have_no_text_layer() -> None:
    document = open_format(image_file("PDF", A4), LIMITS)
    assert document.text(0) == ""
    document.close()


@pytest.mark.parametrize("format_", ["TIFF", "PNG", "JPEG"])
def test_images_with_too_many_pixels_are_an_error(format_: str) -> None:
    document = open_format(image_file(format_, (1001, 1000)), LIMITS)
    with pytest.raises(InvalidRequestError, match="1,001 x 1,000 pixels"):
        document.image(0)
    document.close()
