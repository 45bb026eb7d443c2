"""`image_block` returns blocks that LlamaIndex and other LLMs read."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, TextBlock
from PIL import Image

from ionos_model_hub.errors import InvalidRequestError
from llama_index_ionos import image_block
from llama_index_ionos.convert.messages import to_wire_messages

GIF = b"GIF89a..."


def test_files_and_bytes_are_embedded(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(GIF)
    sources: list[Any] = [GIF, path, str(path)]
    for source in sources:
        block = image_block(source)
        assert block.image_mimetype == "image/gif"
        assert block.resolve_image().read() == GIF


def test_blocks_are_sent() -> None:
    scaled = image_block(Image.new("RGB", (40, 20)), max_pixels=200, encoding="jpeg", detail="high")
    remote = image_block("https://example.org/a.png")
    message = ChatMessage(role="user", blocks=[TextBlock(text="Look:"), scaled, remote])
    (wire,) = to_wire_messages([message])
    content: Any = wire["content"]
    assert content[1]["image_url"]["detail"] == "high"
    head, _, encoded = content[1]["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert Image.open(BytesIO(b64decode(encoded))).size == (20, 10)
    assert content[2]["image_url"]["url"] == "https://example.org/a.png"


def test_unreadable_image_error_names_the_argument() -> None:
    with pytest.raises(InvalidRequestError, match="cannot be read") as caught:
        image_block("missing.png")
    assert caught.value.param == "image"
