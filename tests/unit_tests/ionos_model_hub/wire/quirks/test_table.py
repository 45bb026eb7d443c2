"""The table of quirks, and the names of tools."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quirky_texts import GPT_OSS, LLAMA, MISTRAL, MODELS, QWEN

from ionos_model_hub.wire.quirks.leaked_calls import ToolCallSieve
from ionos_model_hub.wire.quirks.table import QUIRKS, Quirk, faults, fix_tool_name
from ionos_model_hub.wire.quirks.think_tags import ThinkSplitter


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (GPT_OSS, {"marked_tool_names"}),
        ("OPENAI/GPT-OSS-20B", {"marked_tool_names"}),
        (MISTRAL, {"leaked_tool_calls"}),
        (QWEN, {"think_tags"}),
        (LLAMA, set()),
        ("", set()),
    ],
)
def test_faults_of_a_model(model: str, expected: set[str]) -> None:
    assert faults(model) == expected


def fix(quirk: Quirk) -> object:
    """Return what becomes of the example of a quirk."""
    if quirk.fault == "marked_tool_names":
        return fix_tool_name(quirk.family, quirk.example)
    if quirk.fault == "think_tags":
        return ThinkSplitter(quirk.family).feed(quirk.example)
    sieve = ToolCallSieve(quirk.family, ["my_tool"])
    return sieve.feed(quirk.example), sieve.finish()


FIXED = {
    "marked_tool_names": "my_tool",
    "leaked_tool_calls": ("", ("", [("my_tool", '{"a": 1}')])),
    "think_tags": ("Yes.", "Let me see."),
}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_every_example_of_the_table_is_fixed(quirk: Quirk) -> None:
    assert fix(quirk) == FIXED[quirk.fault]


@pytest.mark.parametrize(
    ("name", "fixed"),
    [
        ("my_tool<|channel|>commentary", "my_tool"),
        ("my_tool<|constrain|>json<|channel|>x", "my_tool"),
        ("my_tool <|channel|>", "my_tool"),
        ("my_tool", "my_tool"),
        ("my_tool ", "my_tool "),
        ("<|channel|>commentary", "<|channel|>commentary"),
        ("", ""),
    ],
)
def test_marked_tool_name(name: str, fixed: str) -> None:
    assert fix_tool_name(GPT_OSS, name) == fixed
    assert fix_tool_name(LLAMA, name) == name


@settings(deadline=None)
@given(st.sampled_from(MODELS), st.text(st.characters(exclude_characters="[{<"), max_size=60))
def test_text_without_markers_is_unchanged(model: str, text: str) -> None:
    sieve, splitter = ToolCallSieve(model, ["get"]), ThinkSplitter(model)
    assert sieve.feed(text) + sieve.finish()[0] == text
    assert splitter.feed(text)[0] + splitter.finish()[0] == text
    assert fix_tool_name(model, text) == text
