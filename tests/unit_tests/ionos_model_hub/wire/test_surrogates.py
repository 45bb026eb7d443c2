"""Characters that a server split are joined, and lone surrogates replaced or located."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import from_json

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.assembly import ChatAssembler
from ionos_model_hub.wire.responses import parse_response
from ionos_model_hub.wire.surrogates import (
    SurrogateJoiner,
    find_surrogate,
    replace_lone_surrogates,
)

ROCKET = "\ud83d", "\ude80"
CLEF = "\ud834", "\udd1e"


def chunk(**delta: Any) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": delta}]})


def utf16_units(text: str) -> list[str]:
    """Split a text after each UTF-16 unit, as JavaScript does."""
    encoded = text.encode("utf-16-le")
    pairs = [encoded[start : start + 2] for start in range(0, len(encoded), 2)]
    return [pair.decode("utf-16-le", "surrogatepass") for pair in pairs]


@given(st.text())
@example("\U00010000\U0010ffff")
def test_text_split_anywhere_is_joined(text: str) -> None:
    assembler = ChatAssembler("m")
    events = [chunk(content=unit) for unit in utf16_units(text)]
    deltas = [delta for event in events for delta in assembler.feed(event)]
    assembler.feed(json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
    assert "".join(delta.text for delta in deltas) == text
    assert assembler.finish()[1].text == text


def test_surrogates_are_joined_per_text() -> None:
    joiner = SurrogateJoiner()
    first = {"choices": [{"index": 0, "text": ROCKET[0]}, {"index": 1, "text": CLEF[0]}]}
    second = {"choices": [{"index": 1, "text": CLEF[1]}, {"index": 0, "text": ROCKET[1]}]}
    joiner.parse(json.dumps(first))
    joined = joiner.parse(json.dumps(second))
    assert joined == {"choices": [{"index": 1, "text": "𝄞"}, {"index": 0, "text": "🚀"}]}


@pytest.mark.parametrize("index", [{}, {"index": None}])
def test_choices_without_an_index_keep_their_position(index: dict[str, Any]) -> None:
    joiner = SurrogateJoiner()
    for texts, joined in ((ROCKET[0], CLEF[0]), ("", "")), ((ROCKET[1], CLEF[1]), ("🚀", "𝄞")):
        event = json.dumps({"choices": [{**index, "text": text} for text in texts]})
        assert joiner.parse(event) == {"choices": [{**index, "text": text} for text in joined]}


def test_arguments_of_tool_calls_are_joined() -> None:
    assembler = ChatAssembler("m", tools={"f": {}})
    for unit in utf16_units('{"a": "👩‍🚀"}'):
        function = {"name": "f", "arguments": unit}
        assembler.feed(chunk(tool_calls=[{"index": 0, "id": "call", "function": function}]))
        function["name"] = ""
    assembler.feed("[DONE]")
    calls = assembler.finish()[1].message.tool_calls
    assert [json.loads(call.arguments) for call in calls] == [{"a": "👩‍🚀"}]


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (["a\ud83d", "b"], ["a", "\ufffdb"]),
        (["\ude80a"], ["\ufffda"]),
        (["\ud83d\ud83d", "\ude80"], ["\ufffd", "🚀"]),
        (["\ud83d", "", "\ude80"], ["", "", "🚀"]),
        (["a\ud83d"], ["a"]),
    ],
)
def test_lone_surrogates_are_replaced(texts: list[str], joined: list[str]) -> None:
    joiner = SurrogateJoiner()
    assert [joiner.parse(json.dumps({"a": text})) for text in texts] == [{"a": t} for t in joined]


def test_log_probabilities_are_not_joined() -> None:
    tokens = [{"token": unit} for unit in ROCKET]
    assert SurrogateJoiner().parse(json.dumps({"logprobs": {"content": tokens}})) == {
        "logprobs": {"content": [{"token": "\ufffd"}] * 2}
    }


def test_lone_surrogate_in_a_body() -> None:
    body = json.dumps({"a": "x\ud83dy", "n": [1, None, True]}).encode()
    assert parse_response(body, {}, lambda parsed: parsed) == {
        "a": "x\ufffdy",
        "n": [1, None, True],
    }


def test_surrogates_in_names() -> None:
    body = json.dumps({"a\ud83d": {"\ud83d\ude80": "\ude80"}}).encode()
    assert parse_response(body, {}, lambda parsed: parsed) == {"a\ufffd": {"🚀": "\ufffd"}}


@pytest.mark.parametrize(
    "data",
    ["", "{", '{"a": "\\ud83d"', b"\xff", b'\xff"\\ud83d"', '"\\ud83d"' + "[" * 100_000, "nan"],
)
def test_invalid_json_is_rejected(data: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        SurrogateJoiner().parse(data)


def test_deep_nesting_is_rejected() -> None:
    depth = 200_000
    with pytest.raises(ValueError, match=r"^JSON that is nested too deeply$"):
        SurrogateJoiner().parse("[" * depth + '"\\ud83d"' + "]" * depth)


@pytest.mark.parametrize("depth", [300, 500, 700, 900])
def test_nesting_near_the_recursion_limit(depth: int) -> None:
    with suppress(ValueError):  # depends on the version of Python
        SurrogateJoiner().parse("[" * depth + '"\\ud83d"' + "]" * depth)


def test_events_that_are_not_json_are_reported() -> None:
    with pytest.raises(ResponseError, match="not a JSON object"):
        ChatAssembler("m").feed("{")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_other_json_is_parsed_unchanged(value: Any) -> None:
    data = json.dumps(value)
    assert SurrogateJoiner().parse(data) == from_json(data)


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("", ""),
        ("aß€🚀", "aß€🚀"),
        ("\ud83d\ude80", "🚀"),
        ("a\ud83d", "a\ufffd"),
        ("\ude80a", "\ufffda"),
    ],
)
def test_replacing_lone_surrogates(text: str, replaced: str) -> None:
    assert replace_lone_surrogates(text) == replaced


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("abc", None),
        (5, None),
        ({"a": ["x", {"b": None}]}, None),
        ("\ud83d", ""),
        ({"a": ["x", {"b": "\ude80"}]}, "a[1].b"),
        ({"input": ("x", "y\ud83d")}, "input[1]"),
    ],
)
def test_finding_a_surrogate(value: object, path: str | None) -> None:
    assert find_surrogate(value) == path
