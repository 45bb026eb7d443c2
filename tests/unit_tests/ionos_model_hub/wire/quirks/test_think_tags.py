"""Reasoning in think tags is separated from the content."""

import pytest
from hypothesis import given, settings
from quirky_texts import MISTRAL, QWEN, split_texts, texts_with_markers, two_splits

from ionos_model_hub.wire.quirks.think_tags import ThinkSplitter

THOUGHTS: dict[str, tuple[str, str, str]] = {
    "tags": ("<think>Hm.</think>Yes.", "Hm.", "Yes."),
    "whitespace": (" \n<think>\nHm.\n</think>\n\nYes.\n", "\nHm.\n", "Yes.\n"),
    "empty": ("<think>\n\n</think>\n\nYes.", "\n\n", "Yes."),
    "no text in it": ("<think></think>", "", ""),
    "never closed": ("<think>Hm. </thi", "Hm. </thi", ""),
    "almost closed": ("<think>a</think<</thinks></think>b", "a</think<</thinks>", "b"),
    "other tags in it": ("<think>a<b></b>x</think>y", "a<b></b>x", "y"),
    "no tags": ("Yes.", "", "Yes."),
    "not at the start": ("Yes <think>Hm.</think>", "", "Yes <think>Hm.</think>"),
    "only once": ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
    "part of a tag": ("<thi", "", "<thi"),
    "another tag": ("<thing>", "", "<thing>"),
    "blank": (" \n", "", " \n"),
    "": ("", "", ""),
}


def split(chunks: list[str], model: str = QWEN) -> tuple[str, str]:
    """Return the reasoning and the content."""
    splitter = ThinkSplitter(model)
    pieces = [*map(splitter.feed, chunks), splitter.finish()]
    return "".join(thought for _, thought in pieces), "".join(text for text, _ in pieces)


@pytest.mark.parametrize("name", THOUGHTS)
def test_reasoning_is_found_however_the_text_is_split(name: str) -> None:
    content, reasoning, rest = THOUGHTS[name]
    assert split([content]) == (reasoning, rest)
    for chunks in [list(content), *two_splits(content)]:
        assert split(chunks) == (reasoning, rest), chunks
    assert split([content], MISTRAL) == ("", content)


def test_reasoning_and_content_are_not_delayed() -> None:
    splitter = ThinkSplitter(QWEN)
    chunks = ["<think>", "a", "b<", "c", "</think>", "\n", "d", "<e", ""]
    assert [splitter.feed(chunk) for chunk in chunks] == [
        ("", ""),
        ("", "a"),
        ("", "b"),
        ("", "<c"),
        ("", ""),
        ("", ""),
        ("d", ""),
        ("<e", ""),
        ("", ""),
    ]
    assert splitter.finish() == ("", "")


@settings(deadline=None, max_examples=300)
@given(split_texts(texts_with_markers))
def test_any_split_gives_the_same_reasoning(chunks: list[str]) -> None:
    assert split(chunks) == split(["".join(chunks)])
