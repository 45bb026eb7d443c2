"""Image blocks of several conventions become content parts."""

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.image_blocks import is_image_block, to_image_part

PNG = b64encode(b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00").decode()
URL = "https://example.org/a.png"
PASS_IMAGE = "Pass the image as `url`, or as `base64` with `mime_type`."
ADD_TYPE = "Add it, for example 'image/png'."
WRITE_URL = 'Write {"image_url": {"url": …}}.'


@pytest.mark.parametrize(
    ("block", "image"),
    [
        ({"type": "image", "url": URL}, {"url": URL}),
        ({"type": "image", "base64": PNG}, {"url": f"data:image/png;base64,{PNG}"}),
        ({"type": "image", "data": PNG}, {"url": f"data:image/png;base64,{PNG}"}),
        ({"type": "image", "data": PNG * 2}, {"url": f"data:image/png;base64,{PNG * 2}"}),
        ({"type": "image", "url": URL, "extras": {"detail": "low"}}, {"url": URL, "detail": "low"}),
        (
            {"type": "image", "base64": "AAAA", "mime_type": "image/heic", "detail": "low"},
            {"url": "data:image/heic;base64,AAAA", "detail": "low"},
        ),
        ({"type": "image_url", "image_url": URL, "detail": "high"}, {"url": URL, "detail": "high"}),
        ({"type": "image_url", "image_url": {"url": URL, "detail": "best"}}, {"url": URL}),
        (
            {"type": "image_url", "image_url": {"url": URL, "detail": "low"}, "detail": "high"},
            {"url": URL, "detail": "low"},
        ),
        (
            {"type": "image", "source": {"data": PNG, "media_type": "image/png"}},
            {"url": f"data:image/png;base64,{PNG}"},
        ),
        (
            {"type": "image", "source": {"data": "AAAA", "media_type": "image/heic"}},
            {"url": "data:image/heic;base64,AAAA"},
        ),
    ],
)
def test_blocks_are_converted(block: dict[str, Any], image: dict[str, Any]) -> None:
    assert is_image_block(block)
    assert to_image_part(block, "x") == {"type": "image_url", "image_url": image}


@pytest.mark.parametrize(
    ("block", "problem", "hint"),
    [
        (
            {"type": "image", "id": "f1", "source_type": "id"},
            "refers to an uploaded file",
            PASS_IMAGE,
        ),
        ({"type": "image", "file_id": "f1"}, "refers to an uploaded file", PASS_IMAGE),
        ({"type": "image", "id": "f1"}, "contains no image", PASS_IMAGE),
        ({"type": "image", "base64": "AAAA"}, "has no `mime_type`", ADD_TYPE),
        ({"type": "image", "base64": "no base64!"}, "has no `mime_type`", ADD_TYPE),
        ({"type": "image", "base64": "A"}, "has no `mime_type`", ADD_TYPE),
        ({"type": "image_url", "image_url": 5}, "has no URL", WRITE_URL),
        ({"type": "image_url", "image_url": {"url": 5}}, "has no URL", WRITE_URL),
    ],
)
def test_error_names_block_and_problem(block: dict[str, Any], problem: str, hint: str) -> None:
    place = "messages[0].content[1]"
    with pytest.raises(InvalidRequestError) as caught:
        to_image_part(block, place)
    message = f"{place}: a content block of type {block['type']!r} {problem}."
    assert (caught.value.param, caught.value.message) == (place, message)
    assert caught.value.hint == hint


@given(st.dictionaries(st.sampled_from(["url", "base64", "source", "extras"]), st.text()))
def test_any_block_is_converted_or_rejected(fields: dict[str, Any]) -> None:
    try:
        part = to_image_part({"type": "image", **fields}, "x")
    except InvalidRequestError:
        assert "url" not in fields
    else:
        assert part["type"] == "image_url"


def test_other_blocks() -> None:
    assert not is_image_block({"type": "text", "text": "x"})
    assert not is_image_block({})
