"""Streamed tool calls are assembled, however a server uses `index`, `id` and `name`."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.wire.response_types import ToolCall, ToolCallDelta
from ionos_model_hub.wire.tool_call_assembly import ToolCallAssembler

ADD, NOW = '{"a": 1}', '{"zone": "Europe/Berlin"}'
ABSENT: Any = object()


def piece(index: Any = ABSENT, id_: Any = ABSENT, name: Any = ABSENT, args: Any = ABSENT) -> Any:
    function = {"name": name, "arguments": args}
    fields = {
        "index": index,
        "id": id_,
        "type": "function",
        "function": {key: value for key, value in function.items() if value is not ABSENT},
    }
    return {key: value for key, value in fields.items() if value is not ABSENT}


def assemble(*chunks: list[Any]) -> list[ToolCall]:
    assembler = ToolCallAssembler("seed")
    deltas: list[ToolCallDelta] = []
    for chunk in chunks:
        deltas += assembler.feed(chunk)
    calls = assembler.calls()
    assert join(deltas) == calls
    return calls


def join(deltas: list[ToolCallDelta]) -> list[ToolCall]:
    """Return the calls that the deltas alone add up to."""
    calls: list[ToolCall] = []
    for delta in deltas:
        assert delta.index <= len(calls), "calls are numbered in order of appearance"
        if delta.index == len(calls):
            assert delta.id, "the first piece of a call has its id"
            calls.append(ToolCall("", "", ""))
        call = calls[delta.index]
        call.id += delta.id
        call.name += delta.name
        call.arguments += delta.arguments
    return calls


TWO = [ToolCall("a", "add", ADD), ToolCall("b", "now", NOW)]


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param(
            [[piece(0, "a", "add", ADD), piece(1, "b", "now", NOW)]], id="two in one chunk"
        ),
        pytest.param(
            [
                [piece(0, "a", "add", "")],
                [piece(0, args=ADD[:4])],
                [piece(0, args=ADD[4:])],
                [piece(1, "b", "now", "")],
                [piece(1, args=NOW)],
            ],
            id="as OpenAI sends them",
        ),
        pytest.param(
            [
                [piece(0, "a", "add", ""), piece(1, "b", "now", "")],
                [piece(1, args=NOW[:4]), piece(0, args=ADD[:4])],
                [piece(0, args=ADD[4:])],
                [piece(1, args=NOW[4:])],
            ],
            id="interleaved by index",
        ),
        pytest.param(
            [
                [piece(0, "a", "add", ADD[:4])],
                [piece(0, "a", "add", ADD[4:])],
                [piece(0, "a", "add", "")],
                [piece(1, "b", "now", NOW[:4])],
                [piece(1, "b", "now", NOW[4:])],
            ],
            id="id and name on every delta",
        ),
        pytest.param(
            [[piece(0, "a", "add", ADD)], [piece(0, "b", "now", NOW)]], id="both index 0, complete"
        ),
        pytest.param(
            [
                [piece(0, "a", "add", "")],
                [piece(0, args=ADD)],
                [piece(0, "b", "now", "")],
                [piece(0, args=NOW)],
            ],
            id="both index 0, in pieces",
        ),
        pytest.param(
            [
                [piece(0, "a", "add"), piece(0, "b", "now")],
                [piece(0, "a", args=ADD), piece(0, "b", args=NOW)],
            ],
            id="both index 0, distinguished by their ids",
        ),
        pytest.param(
            [
                [piece(id_="a", name="add", args=ADD[:4])],
                [piece(args=ADD[4:])],
                [piece(id_="b", name="now", args=NOW[:4])],
                [piece(args=NOW[4:])],
            ],
            id="no index",
        ),
        pytest.param(
            [
                [piece(None, "a", "add", ADD[:4]), piece(None, "b", "now", NOW[:4])],
                [piece(None, "a", None, ADD[4:]), piece(None, "b", None, NOW[4:])],
            ],
            id="no index, distinguished by their ids",
        ),
        pytest.param(
            [
                [piece("0", "a", "add", ADD[:4]), piece("1", "b", "now", NOW)],
                [piece("0", args=ADD[4:])],
            ],
            id="the index is a string",
        ),
        pytest.param(
            [[piece("x", "a", "add", ADD)], [piece(1.5, "b", "now", NOW)]],
            id="the index is invalid",
        ),
        pytest.param(
            [
                [piece(5, "a", "add", ADD[:4])],
                [piece(2, "b", "now", NOW)],
                [piece(5, args=ADD[4:])],
            ],
            id="indexes neither from 0 nor in order",
        ),
        pytest.param(
            [
                [piece(0, "a", "add", ADD[:4])],
                [piece(0, "a2", args=ADD[4:])],
                [piece(1, "b", "now", NOW[:4])],
                [piece(1, "b2", args=NOW[4:])],
            ],
            id="the id changes, without a name",
        ),
        pytest.param(
            [
                [piece(0, "a", "add", ADD[:4])],
                [piece(0, "a2", "add", ADD[4:])],
                [piece(1, "b", "now", NOW)],
            ],
            id="the id changes, the name is repeated",
        ),
        pytest.param(
            [
                [piece(0, "a", None, None)],
                [piece(0, None, "add", ADD)],
                [piece(1, "b", "now", NOW)],
            ],
            id="the name comes late",
        ),
        pytest.param(
            [[piece(0, "a", "add", {"a": 1}), piece(1, "b", "now", json.loads(NOW))]],
            id="arguments are objects",
        ),
        pytest.param(
            [
                [piece(0, "a", "add", ADD), None, {}],
                [{"index": 0, "function": None}],
                [piece(1, "b", "now", NOW), "x"],
            ],
            id="null pieces between",
        ),
    ],
)
def test_two_calls_in_every_form(chunks: list[list[Any]]) -> None:
    assert assemble(*chunks) == TWO


@pytest.mark.parametrize("index", [0, ABSENT])
@pytest.mark.parametrize("second", ["now", "add"])
def test_complete_arguments_end_a_call_without_id(index: Any, second: str) -> None:
    calls = assemble(
        [piece(index, name="add", args=ADD[:4])],
        [piece(index, name="add", args=ADD[4:])],
        [piece(index, name=second, args=NOW)],
    )
    assert [(call.name, call.arguments) for call in calls] == [("add", ADD), (second, NOW)]


def test_ids_distinguish_calls_of_one_tool() -> None:
    calls = assemble(
        [piece(0, "a", "add", ""), piece(0, "b", "add", "")],
        [piece(0, "a", args=ADD), piece(0, "b", args="{}")],
    )
    assert calls == [ToolCall("a", "add", ADD), ToolCall("b", "add", "{}")]


@pytest.mark.parametrize(
    ("chunks", "names"),
    [
        ([[piece(0, "a", "add", ADD), piece(1, "a", "now", NOW)]], ["add", "now"]),
        ([[piece(0, "a", "add", ADD)], [piece(1, "a", "add", NOW)]], ["add", "add"]),
        (
            [[piece(id_="a", name="add", args=ADD)], [piece(id_="a", name="now", args=NOW)]],
            ["add", "now"],
        ),
        (
            [
                [piece(0, "a", "add", ""), piece(1, "a", "now", "")],
                [piece(1, args=NOW)],
                [piece(0, args=ADD)],
            ],
            ["add", "now"],
        ),
        (
            [
                [piece(0, "a", "add", ADD)],
                [piece(0, "a", "add", "")],
                [piece(1, "a", "add", NOW[:4])],
                [piece(1, "a", "add", NOW[4:])],
            ],
            ["add", "add"],
        ),
    ],
)
def test_calls_with_the_same_id_get_different_ids(chunks: list[Any], names: list[str]) -> None:
    calls = assemble(*chunks)
    assert [call.name for call in calls] == names
    assert [call.arguments for call in calls] == [ADD, NOW]
    assert calls[0].id == "a"
    assert re.fullmatch(r"[A-Za-z0-9]{9}", calls[1].id)


def test_calls_of_a_complete_message_are_never_joined() -> None:
    pieces = [piece(id_="a", name="add", args=ADD), None, piece(id_="a", name="add", args="")]
    assembler = ToolCallAssembler("seed")
    deltas = assembler.feed([*pieces, piece(name="add", args="{")], are_calls=True)
    calls = assembler.calls()
    assert join(list(deltas)) == calls
    assert [call.arguments for call in calls] == [ADD, "", "{"]
    assert len({call.id for call in calls}) == 3


def test_repeated_call_with_a_new_index_and_incomplete_arguments_continues_it() -> None:
    calls = assemble([piece(0, "a", "add", ADD[:4])], [piece(1, "a", "add", ADD[4:])])
    assert calls == TWO[:1]


def test_names_distinguish_calls_without_ids_and_arguments() -> None:
    calls = assemble(
        [piece(0, name="now")], [piece(0, name="add", args="")], [piece(0, name="add")]
    )
    assert [call.name for call in calls] == ["now", "add"]


def test_whitespace_after_complete_arguments() -> None:
    calls = assemble([piece(0, "a", "add", f"{ADD}\n")], [piece(0, "b", "now", NOW)])
    assert [(call.id, call.arguments) for call in calls] == [("a", f"{ADD}\n"), ("b", NOW)]


def test_inner_brace_does_not_end_a_call() -> None:
    calls = assemble(
        [piece(0, name="add", args='{"a": {"b": 1}')],
        [piece(0, name="add", args="}")],
    )
    assert [(call.name, call.arguments) for call in calls] == [("add", '{"a": {"b": 1}}')]


def test_another_name_within_arguments_starts_a_call() -> None:
    calls = assemble([piece(0, name="add", args='{"a"')], [piece(0, name="now", args=NOW)])
    assert [(call.name, call.arguments) for call in calls] == [("add", '{"a"'), ("now", NOW)]


def test_late_id_does_not_start_a_call() -> None:
    (call,) = assemble([piece(0, name="add", args=ADD[:4])], [piece(0, "late", args=ADD[4:])])
    assert (call.name, call.arguments) == ("add", ADD)
    assert call.id != "late"


def test_missing_ids_are_generated() -> None:
    calls = assemble([piece(0, name="add", args=ADD), piece(1, name="add", args=ADD)])
    ids = [call.id for call in calls]
    assert len(set(ids)) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9]{9}", each) for each in ids)
    assert ids == [
        call.id for call in assemble([piece(0, name="add", args="")], [piece(1, name="add")])
    ]


def test_generated_ids_differ_between_responses_and_between_tools() -> None:
    ids = set()
    for seed, name in (("chat-1", "add"), ("chat-2", "add"), ("chat-2", "now")):
        assembler = ToolCallAssembler(seed)
        ids.add(assembler.feed([piece(0, name=name)])[0].id)
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("given_arguments", "text"),
    [
        ("", ""),
        (None, ""),
        (ABSENT, ""),
        ({"stadt": "Köln"}, '{"stadt": "Köln"}'),
        ([1], "[1]"),
        (5, "5"),
        ('{"cut', '{"cut'),
    ],
)
def test_arguments_are_converted_to_text(given_arguments: Any, text: str) -> None:
    assert assemble([piece(0, "a", "f", given_arguments)]) == [ToolCall("a", "f", text)]


def test_names_are_converted() -> None:
    assembler = ToolCallAssembler("seed", str.upper)
    (delta,) = assembler.feed([piece(0, "a", "add", ADD)])
    assert delta == ToolCallDelta(0, "a", "ADD", ADD)
    assert assembler.add("now", "").name == "NOW"
    assert [call.name for call in assembler.calls()] == ["ADD", "NOW"]


def test_complete_calls_are_added_separately() -> None:
    assembler = ToolCallAssembler("seed")
    assembler.feed([piece(0, "a", "add", '{"a"')])
    deltas = [assembler.add("now", ""), assembler.add("now", "")]
    assert [delta.index for delta in deltas] == [1, 2]
    assert [call.name for call in assembler.calls()] == ["add", "now", "now"]
    assert len({call.id for call in assembler.calls()}) == 3


def test_only_the_first_delta_of_a_call_has_its_id_and_name() -> None:
    assembler = ToolCallAssembler("seed")
    deltas = [
        *assembler.feed([piece(0, "a", "add", "{")]),
        *assembler.feed([piece(0, "a", "add", "}")]),
    ]
    assert deltas == [ToolCallDelta(0, "a", "add", "{"), ToolCallDelta(0, "", "", "}")]


arguments = st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5), max_size=3)


@given(data=st.data(), calls=st.lists(arguments, min_size=1, max_size=4))
def test_pieces_may_be_interleaved(data: st.DataObject, calls: list[dict[str, Any]]) -> None:
    texts = [json.dumps(call) for call in calls]
    heads = [piece(place, f"id{place}", f"f{place}", "") for place in range(len(texts))]
    left = list(texts)
    pieces: list[Any] = []
    while any(left):
        place = data.draw(st.sampled_from([at for at, text in enumerate(left) if text]))
        size = data.draw(st.integers(1, len(left[place])))
        pieces.append(piece(place, args=left[place][:size]))
        left[place] = left[place][size:]
    expected = [ToolCall(f"id{at}", f"f{at}", text) for at, text in enumerate(texts)]
    assert assemble(heads, *[[each] for each in pieces]) == expected
    assert assemble([*heads, *pieces]) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["", "a", "0", "{}", "add"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["index", "id", "function", "name", "arguments"]), inner)
    ),
    max_leaves=12,
)


@given(st.lists(st.lists(json_values, max_size=3), max_size=5))
def test_any_pieces_give_calls_with_ids(chunks: list[list[Any]]) -> None:
    for call in assemble(*chunks):
        assert call.id


def test_call_of_a_tool_with_half_a_character_in_its_name_gets_an_id() -> None:
    (call,) = assemble([piece(name="a\ud83d", args="{}")])
    assert re.fullmatch(r"[0-9a-f]+", call.id)


@pytest.mark.parametrize("index", [None, [1], {"a": 1}, 1.5, "x"])
def test_index_of_another_type_is_ignored(index: Any) -> None:
    calls = assemble([piece(index, "a", "add", '{"a": ')], [piece(index, ABSENT, ABSENT, "1}")])
    assert calls == TWO[:1]
