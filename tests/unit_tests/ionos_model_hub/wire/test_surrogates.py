"""Characters that a server cut in two come together again; everything else is parsed as before."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.assembly import ChatAssembler
from ionos_model_hub.wire.responses import parse_response
from ionos_model_hub.wire.surrogates import SurrogateJoiner

ROCKET = "\ud83d", "\ude80"


def chunk(**delta: Any) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": delta}]})


def utf16_units(text: str) -> list[str]:
    """Cut a text as JavaScript does, after each UTF-16 unit."""
    encoded = text.encode("utf-16-le")
    pairs = [encoded[place : place + 2] for place in range(0, len(encoded), 2)]
    return [pair.decode("utf-16-le", "surrogatepass") for pair in pairs]


@given(st.text())
def test_a_text_cut_anywhere_comes_whole(text: str) -> None:
    assembler = ChatAssembler("m")
    events = [chunk(content=unit) for unit in utf16_units(text)]
    deltas = [delta for event in events for delta in assembler.feed(event)]
    assembler.feed(json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
    assert "".join(delta.text for delta in deltas) == text
    assert assembler.finish()[1].text == text


def test_each_text_has_its_own_half() -> None:
    halves = SurrogateJoiner()
    first = {"choices": [{"index": n, "text": ROCKET[0]} for n in (0, 1)]}
    second = {"choices": [{"index": n, "text": f"{ROCKET[1]}{n}"} for n in (1, 0)]}
    halves.parse(json.dumps(first))
    joined = halves.parse(json.dumps(second))
    assert joined == {"choices": [{"index": n, "text": f"🚀{n}"} for n in (1, 0)]}


def test_arguments_of_tool_calls_come_whole() -> None:
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
def test_halves_without_another(texts: list[str], joined: list[str]) -> None:
    halves = SurrogateJoiner()
    assert [halves.parse(json.dumps({"a": text})) for text in texts] == [{"a": t} for t in joined]


def test_log_probabilities_hold_nothing_back() -> None:
    tokens = [{"token": half} for half in ROCKET]
    assert SurrogateJoiner().parse(json.dumps({"logprobs": {"content": tokens}})) == {
        "logprobs": {"content": [{"token": "\ufffd"}] * 2}
    }


def test_a_whole_answer_may_hold_a_half() -> None:
    body = json.dumps({"a": "x\ud83dy", "n": [1, None, True]}).encode()
    assert parse_response(body, {}, lambda answer: answer) == {"a": "x\ufffdy", "n": [1, None, True]}


def test_names_hold_no_halves() -> None:
    body = json.dumps({"a\ud83d": {"\ud83d\ude80": "\ude80"}}).encode()
    assert parse_response(body, {}, lambda answer: answer) == {"a\ufffd": {"🚀": "\ufffd"}}


@pytest.mark.parametrize(
    "data",
    ["", "{", '{"a": "\\ud83d"', b"\xff", b'\xff"\\ud83d"', '"\\ud83d"' + "[" * 100_000, "nan"],
)
def test_what_is_no_json_is_refused(data: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        SurrogateJoiner().parse(data)


def test_deep_nesting_is_refused() -> None:
    depth = 200_000
    with pytest.raises(ValueError, match="too deeply"):
        SurrogateJoiner().parse("[" * depth + '"\\ud83d"' + "]" * depth)


def test_events_that_are_no_json_are_told() -> None:
    with pytest.raises(ResponseError, match="no JSON object"):
        ChatAssembler("m").feed("{")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_other_json_is_as_it_was(value: Any) -> None:
    data = json.dumps(value)
    assert SurrogateJoiner().parse(data) == from_json(data)
