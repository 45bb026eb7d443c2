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
from llama_index_ionos.convert.content import content_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 24
DATA_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def content(*blocks: ContentBlock) -> object:
    return content_of(blocks, "messages[3]")


def image_of(block: ImageBlock) -> object:
    (part,) = content(block)  # type: ignore[misc]
    return part["image_url"]


def test_nothing_is_an_empty_text() -> None:
    assert content() == ""


def test_texts_are_joined_as_llama_index_joins_them() -> None:
    assert content(TextBlock(text="a"), TextBlock(text=" b")) == "a\n b"


def test_an_image_makes_a_list_of_parts_in_order() -> None:
    parts = content(TextBlock(text="Look:"), ImageBlock(image=PNG), TextBlock(text="What?"))

    assert parts == [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": DATA_URL}},
        {"type": "text", "text": "What?"},
    ]


def test_images_come_from_bytes_files_and_streams(tmp_path: Path) -> None:
    file = tmp_path / "image.bin"
    file.write_bytes(PNG)

    assert image_of(ImageBlock(image=PNG)) == {"url": DATA_URL}
    assert image_of(ImageBlock(path=file)) == {"url": DATA_URL}
    assert image_of(ImageBlock(image=io.BytesIO(PNG))) == {"url": DATA_URL}


def test_a_remote_image_is_not_fetched() -> None:
    block = ImageBlock(url="https://example.org/cat.png", detail="low")
    assert image_of(block) == {"url": "https://example.org/cat.png", "detail": "low"}


def test_a_data_url_is_sent_as_it_is() -> None:
    assert image_of(ImageBlock(url=DATA_URL)) == {"url": DATA_URL}


def test_a_told_format_goes_before_a_guessed_one() -> None:
    block = ImageBlock(image=b"no known format", image_mimetype="image/webp")
    assert image_of(block)["url"].startswith("data:image/webp;base64,")  # type: ignore[index]


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (ImageBlock(image=b"no known format"), "image_mimetype"),
        (ImageBlock(), "empty image"),
        (AudioBlock(audio=b"\x00"), "'audio'"),
        (VideoBlock(video=b"\x00"), "'video'"),
        (DocumentBlock(data=b"%PDF-1.7 ..."), "application/pdf"),
        (DocumentBlock(data=b"\xff\xfe\x00", title="x"), "no UTF-8 text"),
        (DocumentBlock(url="https://example.org/a.txt"), "lies elsewhere"),
    ],
)
def test_what_the_hub_does_not_read_is_refused_by_place(block: ContentBlock, told: str) -> None:
    with pytest.raises(InvalidRequestError, match=told) as caught:
        content(TextBlock(text="a"), block)
    assert caught.value.param == "messages[3].blocks[1]"


def test_a_lost_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "image.png"
    file.write_bytes(PNG)
    block = ImageBlock(path=file)
    file.unlink()

    with pytest.raises(InvalidRequestError, match="No such file"):
        content(block)


def test_text_documents_are_written_out(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Grüße", encoding="utf-8")

    assert content(DocumentBlock(data=b"a,b")) == "a,b"
    assert content(DocumentBlock(data="ä".encode(), title="Notes")) == "Notes:\nä"
    assert content(DocumentBlock(data=b"{}", document_mimetype="application/json")) == "{}"
    assert content(DocumentBlock(path=file)) == "Grüße"
    assert content(DocumentBlock(data=io.BytesIO(b"open"))) == "open"


def test_citations_keep_their_source() -> None:
    citable = CitableBlock(title="Atlas", source="p. 3", content="Berlin lies on the Spree.")
    cited = CitationBlock(
        cited_content="Berlin", source="p. 3", title="Atlas", additional_location_info={}
    )

    assert content(citable) == "Atlas (p. 3):\nBerlin lies on the Spree."
    assert content(cited) == "Berlin"


def test_blocks_with_a_field_of_their_own_are_no_content() -> None:
    others = (
        CachePoint(cache_control=CacheControl(type="ephemeral")),
        ThinkingBlock(content="Hm."),
        ToolCallBlock(tool_name="add"),
    )
    assert content(*others, TextBlock(text="a")) == "a"
