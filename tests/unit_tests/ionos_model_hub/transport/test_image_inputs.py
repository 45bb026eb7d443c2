"""Images are read from paths, bytes, URLs, content blocks and PIL images."""

from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.transport.image_inputs import image_part, image_url

URL = "https://example.org/a.png"


def file_of(encoding: str = "png", size: tuple[int, int] = (4, 3)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "red").save(file, encoding)
    return file.getvalue()


PNG = file_of()
DATA_URL = f"data:image/png;base64,{b64encode(PNG).decode()}"


def contents(url: str) -> bytes:
    return b64decode(url.partition(",")[2], validate=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "scan ü.png"
    path.write_bytes(PNG)
    return path


def test_paths(path: Path) -> None:
    assert image_url(path, "image") == image_url(str(path), "image") == DATA_URL


@pytest.mark.parametrize("source", [PNG, bytearray(PNG), memoryview(PNG)])
def test_bytes(source: Any) -> None:
    assert image_url(source, "image") == DATA_URL


@pytest.mark.parametrize("url", [URL, "http://example.org/a", DATA_URL])
def test_urls_are_unchanged(url: str) -> None:
    assert image_url(url, "image") == url


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image_url", "image_url": {"url": DATA_URL}},
        {"type": "image", "base64": b64encode(PNG).decode(), "mime_type": "image/png"},
        {"type": "image", "url": DATA_URL},
    ],
)
def test_content_blocks(block: dict[str, Any]) -> None:
    assert image_url(block, "image") == DATA_URL


def test_pil_images_are_sent_as_png() -> None:
    data = contents(image_url(Image.new("RGB", (4, 3), "red"), "image"))
    image = Image.open(BytesIO(data))
    assert (image.format, image.size, image.getpixel((0, 0))) == ("PNG", (4, 3), (255, 0, 0))


@pytest.mark.parametrize("encoding", ["jpeg", "webp", "gif", "bmp", "tiff"])
def test_mime_type_is_detected(encoding: str) -> None:
    data = file_of(encoding)
    assert image_url(data, "image").startswith(f"data:image/{encoding};base64,")


def test_part_contains_url_and_detail(path: Path) -> None:
    assert image_part(path) == {"type": "image_url", "image_url": {"url": DATA_URL}}
    assert image_part(URL, detail="low")["image_url"] == {"url": URL, "detail": "low"}
    block = {"type": "image_url", "image_url": {"url": URL, "detail": "high"}}
    assert image_part(block)["image_url"] == {"url": URL, "detail": "high"}
    assert image_part(block, detail="auto")["image_url"]["detail"] == "auto"
    assert block["image_url"] == {"url": URL, "detail": "high"}


def test_invalid_detail_is_rejected() -> None:
    detail: Any = "medium"
    with pytest.raises(InvalidRequestError, match="got 'medium'") as caught:
        image_part(URL, detail=detail)
    assert caught.value.param == "detail"


@pytest.mark.parametrize(
    ("source", "problem", "hint"),
    [
        ("missing.png", "cannot be read from 'missing.png': No such file", "Check the path"),
        ("a\0b", "cannot be read", "Check the path"),
        (Path("/"), "cannot be read from '/'", "Check the path"),
        (b"", "is empty", "Pass a PNG"),
        (b"%PDF-1.7 ...", "unknown format, it starts with b'%PDF-1.7'", "Pass a PNG"),
        (5, "must be an image, got int", "Pass a path"),
        (None, "must be an image, got NoneType", "Pass a path"),
        ({"type": "text", "text": "x"}, "must be an image block, got type 'text'", "type 'image'"),
        ({"type": "image"}, "contains no image", "Pass the image as `url`"),
        ({"type": "image", "url": "/etc/hostname"}, "the URL of an image block", "Pass the path"),
        ({"type": "image_url", "image_url": "a.png"}, "the URL of an image block", "Pass the path"),
    ],
)
def test_errors_name_argument_and_fix(source: Any, problem: str, hint: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        image_url(source, "mask")
    assert caught.value.param == "mask"
    assert caught.value.message.startswith("mask")
    assert problem in caught.value.message
    assert hint in str(caught.value.hint)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (URL, "is a URL, which only the server"),
        ("data:image/png;base64,???", "without valid base64"),
        ("data:image/png,abc", "cannot be converted"),
        (b"\x89PNG\r\n\x1a\n garbage", "cannot be converted"),
    ],
)
def test_errors_of_conversions(source: Any, problem: str) -> None:
    with pytest.raises(InvalidRequestError, match=problem) as caught:
        image_url(source, "image", max_pixels=100)
    assert (caught.value.param, caught.value.__context__) == ("image", None)
