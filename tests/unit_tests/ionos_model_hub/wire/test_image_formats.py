"""Formats of images, and data URLs."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.wire.image_formats import image_filename, image_type, to_data_url
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
        (b"II+\x00", "image/tiff"),
        (b"MM\x00+", "image/tiff"),
        (b"RIFF\x10\x00\x00\x00WAVE", None),
        (b"RIFF", None),
        (b"\x89PNG", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_image_type(start: bytes, kind: str | None) -> None:
    assert image_type(start) == kind
    assert image_type(start + bytes(100)) == kind
    assert GeneratedImage(start).mime_type == kind


@given(st.binary())
def test_data_url_contains_the_file(data: bytes) -> None:
    head, _, encoded = to_data_url(data, "image/png").partition(",")
    assert head == "data:image/png;base64"
    assert b64decode(encoded, validate=True) == data


@pytest.mark.parametrize(
    ("data", "suffix"),
    [(b"\xff\xd8\xff", ".jpg"), (b"\x89PNG\r\n\x1a\n", ".png"), (b"GIF8", ".gif"), (b"", ".img")],
)
def test_file_name_depends_on_contents_and_format(data: bytes, suffix: str) -> None:
    name = image_filename(data)
    assert GeneratedImage(data).filename == name
    assert (name[:6], len(name), name[18:]) == ("image-", 22, suffix)
    assert name != image_filename(data + b"x")
