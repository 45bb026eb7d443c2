"""`image_block` returns standard content blocks."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from PIL import Image

from langchain_ionos import image_block
from langchain_ionos.convert.messages import messages_to_wire
from langchain_ionos.errors import IONOSInvalidRequestError

GIF = b"GIF89a..."
ENCODED = b64encode(GIF).decode()


def without_id(block: Any) -> dict[str, Any]:
    return {name: value for name, value in block.items() if name != "id"}


def test_files_and_bytes_are_embedded(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(GIF)
    expected = {"type": "image", "base64": ENCODED, "mime_type": "image/gif"}
    sources: list[Any] = [GIF, path, str(path), f"data:image/gif;base64,{ENCODED}"]
    for source in sources:
        assert without_id(image_block(source)) == expected
    assert image_block(Image.new("L", (1, 1)))["mime_type"] == "image/png"


def test_urls_and_detail_are_sent_unchanged() -> None:
    block = image_block("https://example.org/a.png", detail="low")
    assert block["url"] == "https://example.org/a.png"
    (message,) = messages_to_wire([HumanMessage([dict(block)])])
    url = {"url": "https://example.org/a.png", "detail": "low"}
    assert message["content"] == [{"type": "image_url", "image_url": url}]


def test_images_are_converted_on_request() -> None:
    block = image_block(Image.new("RGB", (40, 20)), max_pixels=200, encoding="jpeg")
    assert block["mime_type"] == "image/jpeg"


def test_errors_are_errors_of_langchain() -> None:
    with pytest.raises(IONOSInvalidRequestError, match="cannot be read") as caught:
        image_block("missing.png")
    assert caught.value.param == "image"
