"""Formats of images, and data URLs."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.wire.image_formats import SIGNATURE_BYTES, image_type, to_data_url
from ionos_model_hub.wire.response_types import GeneratedImage


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"GIF87a", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBP", "image/webp"),
        (b"BM\x00\x00", "image/bmp"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"RIFF\x10\x00\x00\x00WAVE", None),
        (b"RIFF", None),
        (b"\x89PNG", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_image_type(start: bytes, kind: str | None) -> None:
    assert image_type(start) == kind
    assert image_type(start[:SIGNATURE_BYTES]) == kind
    assert GeneratedImage(start).mime_type == kind


@given(st.binary())
def test_data_url_contains_the_file(data: bytes) -> None:
    head, _, encoded = to_data_url(data, "image/png").partition(",")
    assert head == "data:image/png;base64"
    assert b64decode(encoded, validate=True) == data
