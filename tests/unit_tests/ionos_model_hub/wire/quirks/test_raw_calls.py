"""Tool calls that a server left in the text are recognised, in each format."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.wire.quirks.raw_calls import RAW_FORMATS, RawFormat, find_raw_call

TOOLS = ("get_weather", "now")


@pytest.mark.parametrize("raw", RAW_FORMATS, ids=lambda raw: raw.parser)
def test_example_of_each_format_is_found(raw: RawFormat) -> None:
    assert find_raw_call(raw.example, TOOLS, is_cut=True) == ("get_weather", raw.example)
    text = raw.example if raw.parser == "llama3_json" else f"Let me see.\n\n{raw.example}"
    assert find_raw_call(text, TOOLS, is_cut=True) == ("get_weather", raw.example)
    matching = [other.parser for other in RAW_FORMATS if re.search(other.opening, raw.example)]
    assert matching[0] == raw.parser


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('<tool_call>{"name": "get_wea', "get_wea"),
        ('<tool_call>\n{"na', ""),
        ("<tool_call>", ""),
        ("<tool_call>\n<func", ""),
        ("<function=get_wea", "get_wea"),
        ("<function=", ""),
        ("[TOOL_CALLS]", ""),
        ("[TOOL_CALLS]get_wea", "get_wea"),
        ('[TOOL_CALLS] [{"name": "get_weather", "arguments": {"c', "get_weather"),
        ('{"name": "get_wea', "get_wea"),
        ('  {"name": "', ""),
        ('<|python_tag|>{"name": "now", "parameters": {', "now"),
        ("<|channel|>commentary to=functions.now", "now"),
        ("<|channel|>analysis code to=functions.no", "no"),
    ],
)
def test_incomplete_names(text: str, name: str) -> None:
    assert find_raw_call(text, TOOLS, is_cut=True) == (name, text.strip())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello.",
        '{"name": "Ada", "age": 3',
        '{"name": "get_weathers',
        '{"name": "get_weather"}',
        '{"name": "get_weather", "parameters": {}}',
        'Like this: {"name": "get_weather", "par',
        '{"na',
        "<|channel|>final",
        "[1] says",
    ],
)
def test_other_texts(text: str) -> None:
    assert find_raw_call(text, TOOLS, is_cut=True) is None


def test_response_that_was_not_cut_must_start_with_the_call() -> None:
    call = '<tool_call>{"name": "get_weather", "arguments: oops</tool_call>.'
    assert find_raw_call(call, TOOLS, is_cut=False) == ("get_weather", call)
    assert find_raw_call(f"\n {call}", TOOLS, is_cut=False) == ("get_weather", call)
    assert find_raw_call(f"It writes {call}", TOOLS, is_cut=False) is None
    assert find_raw_call(f"It writes {call}", TOOLS, is_cut=True) is not None


def test_marker_of_another_format_in_the_arguments() -> None:
    call = '<tool_call>{"name": "get_weather", "arguments": {"city": "<function=now'
    assert find_raw_call(call, TOOLS, is_cut=False) == ("get_weather", call)


def test_last_of_several_calls_is_returned() -> None:
    first = '<tool_call>{"name": "now", "arguments": {}}</tool_call>\n'
    last = '<tool_call>{"name": "get_weather", "argu'
    assert find_raw_call(first + last, TOOLS, is_cut=True) == ("get_weather", last)


PIECES = st.sampled_from(
    [
        *("<tool_call>", "<function=", "[TOOL_CALLS]", "<|channel|>", "to=functions.", "{"),
        *('"name": "', "get_weather", "now", '"', ">", " ", "\n", "\ud83d", "x", "<|python_tag|>"),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.booleans())
def test_raw_call_is_a_part_of_the_text(text: str, is_cut: bool) -> None:
    found = find_raw_call(text, TOOLS, is_cut=is_cut)
    if found:
        name, raw = found
        assert raw in text
        assert name in raw
        assert text.rstrip().endswith(raw)
