import base64
import io
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    CitableBlock,
    CitationBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from ionos_model_hub.errors import InvalidRequestError
from llama_index_ionos.convert.content import to_wire_content

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 24
DATA_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def content(*blocks: ContentBlock) -> object:
    return to_wire_content(blocks, "messages[3]")


def image_url_of(block: ImageBlock) -> object:
    (part,) = content(block)  # type: ignore[misc]
    return part["image_url"]


def test_no_blocks_become_empty_text() -> None:
    assert content() == ""


def test_text_blocks_are_joined_by_line_breaks() -> None:
    assert content(TextBlock(text="a"), TextBlock(text=" b")) == "a\n b"


def test_message_with_image_becomes_list_of_parts_in_order() -> None:
    parts = content(TextBlock(text="Look:"), ImageBlock(image=PNG), TextBlock(text="What?"))

    assert parts == [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": DATA_URL}},
        {"type": "text", "text": "What?"},
    ]


def test_images_from_bytes_files_and_streams(tmp_path: Path) -> None:
    file = tmp_path / "image.bin"
    file.write_bytes(PNG)

    assert image_url_of(ImageBlock(image=PNG)) == {"url": DATA_URL}
    assert image_url_of(ImageBlock(path=file)) == {"url": DATA_URL}
    assert image_url_of(ImageBlock(image=io.BytesIO(PNG))) == {"url": DATA_URL}


def test_remote_image_is_sent_as_url() -> None:
    block = ImageBlock(url="https://example.org/cat.png", detail="low")
    assert image_url_of(block) == {"url": "https://example.org/cat.png", "detail": "low"}


def test_data_url_is_sent_unchanged() -> None:
    assert image_url_of(ImageBlock(url=DATA_URL)) == {"url": DATA_URL}


def test_given_mimetype_takes_precedence_over_detection() -> None:
    block = ImageBlock(image=b"unknown format", image_mimetype="image/webp")
    assert image_url_of(block)["url"].startswith("data:image/webp;base64,")  # type: ignore[index]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (ImageBlock(image=b"unknown format"), "image_mimetype"),
        (ImageBlock(), "empty image"),
        (AudioBlock(audio=b"\x00"), "'audio'"),
        (VideoBlock(video=b"\x00"), "'video'"),
        (DocumentBlock(data=b"%PDF-1.7 ..."), "application/pdf"),
        (DocumentBlock(data=b"\xff\xfe\x00", title="x"), "is not UTF-8 text"),
        (DocumentBlock(url="https://example.org/a.txt"), "only referenced by URL"),
    ],
)
def test_unsupported_block_is_error_with_its_position(block: ContentBlock, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message) as caught:
        content(TextBlock(text="a"), block)
    assert caught.value.param == "messages[3].blocks[1]"


def test_missing_file_is_error(tmp_path: Path) -> None:
    file = tmp_path / "image.png"
    file.write_bytes(PNG)
    block = ImageBlock(path=file)
    file.unlink()

    with pytest.raises(InvalidRequestError, match="No such file"):
        content(block)


def test_text_documents_become_text(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Grüße", encoding="utf-8")

    assert content(DocumentBlock(data=b"a,b")) == "a,b"
    assert content(DocumentBlock(data="ä".encode(), title="Notes")) == "Notes:\nä"
    assert content(DocumentBlock(data=b"{}", document_mimetype="application/json")) == "{}"
    assert content(DocumentBlock(path=file)) == "Grüße"
    assert content(DocumentBlock(data=io.BytesIO(b"open"))) == "open"


def test_citable_blocks_keep_title_and_source() -> None:
    citable = CitableBlock(title="Atlas", source="p. 3", content="Berlin lies on the Spree.")
    cited = CitationBlock(
        cited_content="Berlin", source="p. 3", title="Atlas", additional_location_info={}
    )

    assert content(citable) == "Atlas (p. 3):\nBerlin lies on the Spree."
    assert content(cited) == "Berlin"


def test_reasoning_tool_calls_and_cache_points_are_omitted() -> None:
    others = (
        CachePoint(cache_control=CacheControl(type="ephemeral")),
        ThinkingBlock(content="Hm."),
        ToolCallBlock(tool_name="add"),
    )
    assert content(*others, TextBlock(text="a")) == "a"
