"""Conversion of content blocks to request content."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from ionos_model_hub.errors import InvalidRequestError
from langchain_ionos.convert.messages import messages_to_wire

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB"
PNG_URL = f"data:image/png;base64,{PNG}"

IMAGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "image", "url": "https://e.org/a.png"}, {"url": "https://e.org/a.png"}),
    ({"type": "image", "base64": PNG, "mime_type": "image/png"}, {"url": PNG_URL}),
    ({"type": "image", "base64": PNG}, {"url": PNG_URL}),
    (
        {"type": "image", "source_type": "base64", "data": PNG, "mime_type": "image/png"},
        {"url": PNG_URL},
    ),
    ({"type": "image", "source_type": "url", "url": PNG_URL}, {"url": PNG_URL}),
    (
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        {"url": PNG_URL},
    ),
    (
        {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}},
        {"url": "https://e.org/a.png"},
    ),
    ({"type": "image_url", "image_url": PNG_URL}, {"url": PNG_URL}),
    (
        {"type": "image_url", "image_url": {"url": PNG_URL, "detail": "low"}},
        {"url": PNG_URL, "detail": "low"},
    ),
    (
        {"type": "image", "url": PNG_URL, "extras": {"detail": "high"}, "id": "lc_1", "index": 3},
        {"url": PNG_URL, "detail": "high"},
    ),
    (
        {"type": "non_standard", "value": {"type": "image_url", "image_url": {"url": PNG_URL}}},
        {"url": PNG_URL},
    ),
]


@pytest.mark.parametrize("kind", ["human", "system", "tool"])
@pytest.mark.parametrize(("block", "image"), IMAGES)
def test_images_in_every_form_are_converted(
    kind: str, block: dict[str, Any], image: dict[str, Any]
) -> None:
    content = [{"type": "text", "text": "Look:", "cache_control": {"type": "ephemeral"}}, block]
    message: BaseMessage = {
        "human": HumanMessage(content),
        "system": SystemMessage(content),
        "tool": ToolMessage(content, tool_call_id="1"),
    }[kind]
    (wire,) = messages_to_wire([message])
    assert wire["content"] == [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": image},
    ]


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ({"type": "file", "base64": "JVBE", "mime_type": "application/pdf"}, "'file' cannot"),
        ({"type": "audio", "base64": "UklG", "mime_type": "audio/wav"}, "'audio' cannot"),
        ({"type": "video", "url": "https://e.org/a.mp4"}, "'video' cannot"),
        ({"type": "input_audio", "input_audio": {}}, "'input_audio' cannot"),
        ({"type": "image", "file_id": "file-1"}, "uploaded file"),
        ({"type": "image"}, "contains no image"),
        ({"type": "image", "base64": "AAAA"}, "mime_type"),
        ({"type": "image_url", "image_url": {}}, "has no URL"),
        ({"type": "text"}, "'text' cannot"),
    ],
)
def test_unsupported_blocks_are_located_in_the_error(block: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        messages_to_wire([HumanMessage(["Look:", block])])
    assert isinstance(caught.value, InvalidRequestError)
    assert caught.value.param == "messages[0].content[1]"
    assert "AAAA" not in str(caught.value)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            {"type": "file", "url": "https://e.org/a.pdf", "mime_type": "application/pdf"},
            "[file that cannot be shown: https://e.org/a.pdf, application/pdf]",
        ),
        (
            {"type": "resource_link", "name": "log", "uri": "file:///a.txt"},
            "[resource_link that cannot be shown: log, file:///a.txt]",
        ),
        (
            {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "Hallo"}},
            "[resource that cannot be shown: file:///a.txt]\nHallo",
        ),
        (
            {"type": "file", "base64": "JVBE", "extras": {"filename": "a.pdf"}},
            "[file that cannot be shown: a.pdf]",
        ),
        (
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:;base64,JVBE"}},
            "[file that cannot be shown: a.pdf]",
        ),
        (
            {"type": "audio", "base64": "UklG", "mime_type": "audio/wav"},
            "[audio that cannot be shown: audio/wav]",
        ),
        ({"type": "image", "file_id": "file-1"}, "[image that cannot be shown: file-1]"),
        (
            {"type": "document", "title": "a", "source": {"type": "text", "data": "Grüße"}},
            "[document that cannot be shown: a]\nGrüße",
        ),
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": PNG_URL},
            "[input_file that cannot be shown: a.pdf]",
        ),
        ({"type": "input_image", "image_url": PNG_URL}, "[input_image that cannot be shown]"),
        (
            {"type": "input_image", "image_url": "https://e.org/a.png"},
            "[input_image that cannot be shown: https://e.org/a.png]",
        ),
        (
            {"type": "audio_url", "audio_url": {"url": PNG_URL}},
            "[audio_url that cannot be shown]",
        ),
        (
            {"type": "text-plain", "base64": "QQ==", "mime_type": "text/plain"},
            "[text-plain that cannot be shown: text/plain]",
        ),
        ({"city": "Köln", "at": date(2026, 1, 2)}, '{"city": "Köln", "at": "2026-01-02"}'),
        ({"type": "json", "json": {"a": [1]}}, '{"type": "json", "json": {"a": [1]}}'),
        (
            {"type": "search_result", "content": [{"type": "text", "text": "Hallo"}]},
            '{"type": "search_result", "content": [{"type": "text", "text": "Hallo"}]}',
        ),
    ],
)
def test_unsupported_blocks_of_tool_results_become_text(
    block: dict[str, Any], expected: str
) -> None:
    (wire,) = messages_to_wire([ToolMessage(["Look:", block], tool_call_id="1")])
    assert wire["content"] == f"Look:\n{expected}"


KINDS = (None, 5, "text", "image", "image_url", "file", "document", "json", "reasoning", "refusal")
KEYS = ("text", "url", "base64", "data", "source", "image_url", "reasoning", "value", "file")
VALUES = st.recursive(
    st.none() | st.integers() | st.sampled_from(["", "half \ud83d", "image/png", PNG_URL]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=4,
)
BLOCKS = st.builds(
    lambda kind, fields: {**fields, "type": kind},
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3),
)


@given(st.lists(BLOCKS, max_size=3))
def test_blocks_of_models_and_tools_are_never_an_error(blocks: list[Any]) -> None:
    for wire in messages_to_wire([AIMessage(blocks), ToolMessage(blocks, tool_call_id="1")]):
        content: Any = wire["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        assert {part["type"] for part in parts} <= {"text", "image_url"}
        "".join(part["text"] for part in parts if part["type"] == "text").encode()


def test_unsupported_blocks_of_tool_results_keep_their_place_among_images() -> None:
    image = {"type": "image", "url": "https://e.org/a.png"}
    file = {"type": "file", "url": "https://e.org/a.pdf"}
    (wire,) = messages_to_wire([ToolMessage([file, image], tool_call_id="1")])
    assert isinstance(wire["content"], list)
    assert [part["type"] for part in wire["content"]] == ["text", "image_url"]


def test_lone_surrogates_of_models_and_tools_are_replaced() -> None:
    for content in ("half \ud83d", ["half \ud83d"]):
        for message in (ToolMessage(content, tool_call_id="1"), AIMessage(content)):
            (wire,) = messages_to_wire([message])
            assert wire["content"] == "half \ufffd"
    kwargs = {"refusal": "half \ud83d", "reasoning_content": "\ud83d\ude80"}
    message = AIMessage("", additional_kwargs=kwargs)
    (wire,) = messages_to_wire([message], reasoning_field="reasoning")
    assert (wire["content"], wire["reasoning"]) == ("half \ufffd", "🚀")


@pytest.mark.parametrize("kind", [HumanMessage, SystemMessage, AIMessage])
def test_cache_points_of_bedrock_are_left_out(kind: type[BaseMessage]) -> None:
    content: Any = [{"type": "text", "text": "Hi"}, {"cachePoint": {"type": "default"}}]
    (wire,) = messages_to_wire([kind(content=content)])
    assert wire["content"] == "Hi"
