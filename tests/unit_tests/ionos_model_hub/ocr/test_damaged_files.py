"""Damaged files of any kind raise only the error for unreadable documents."""

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.ocr.documents import Document
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.ocr.page_image import PageImage
from ionos_model_hub.ocr.sources import Source

from .conftest import image_file, text_pdf

LIMITS = ImageLimits(max_side=100, max_pixels=1_000_000)
FILES = {
    "PDF": image_file("PDF", (60, 60), mode="RGB"),
    "text PDF": text_pdf("Hello"),
    "TIFF": image_file("TIFF", (60, 60), (30, 30)),
    "PNG": image_file("PNG", (60, 60), mode="RGBA"),
    "JPEG": image_file("JPEG", (60, 60), mode="RGB"),
}


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40)
@given(changes=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=8))
def test_changed_bytes(name: str, changes: Sequence[tuple[int, int]]) -> None:
    content = bytearray(FILES[name])
    for position, value in changes:
        content[position % len(content)] = value
    with suppress(InvalidRequestError):
        document = Document(Source(name, bytes(content)), LIMITS)
        document.expect(document.count)
        for index in range(min(document.count, 3)):
            with suppress(InvalidRequestError):
                assert isinstance(document.load(index, use_text_layer=True), str | PageImage)
        document.close()
