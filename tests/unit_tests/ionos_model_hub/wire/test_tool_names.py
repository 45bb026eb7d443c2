"""Any set of distinct tool names is sent as legal, distinct names and restored."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.tool_names import ToolNames

LEGAL = re.compile(r"[A-Za-z0-9_-]{1,64}")

near_collisions = st.text(alphabet="ab_ .ä", min_size=1, max_size=4)
names = st.one_of(
    st.text(min_size=1, max_size=80),
    near_collisions,
    st.text(alphabet="xy ", min_size=62, max_size=70),
    near_collisions.map(lambda name: ToolNames().to_wire(name)),
)
name_sets = st.lists(names, unique=True, max_size=12)


@pytest.mark.parametrize("name", ["search", "a", "get_weather-2", "x" * 64, "_", "-"])
def test_legal_names_are_unchanged(name: str) -> None:
    tools = ToolNames.of([name, "ä b"])
    assert tools.to_wire(name) == name
    assert tools.from_wire(name) == name
    assert ToolNames.of([]).to_wire(name) == name


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("get weather", "get_weather"),
        ("mcp.server/tool:run", "mcp_server_tool_run"),
        ("Wetter für morgen", "Wetter_f_r_morgen"),
        ("天気", "__"),
        ("a\n", "a_"),
        ("a😀b", "a_b"),
        (" " * 64, "_" * 64),
        (" ", "_"),
    ],
)
def test_illegal_characters_are_replaced_by_underscores(name: str, wire: str) -> None:
    tools = ToolNames.of([name])
    assert tools.to_wire(name) == wire
    assert tools.from_wire(wire) == name


def test_long_names_are_shortened_and_stay_distinct() -> None:
    one, two = "search_" * 10 + "a", "search_" * 10 + "b"
    tools = ToolNames.of([one, two])
    wires = [tools.to_wire(name) for name in (one, two)]
    assert [len(wire) for wire in wires] == [64, 64]
    assert wires[0] != wires[1]
    assert all(wire.startswith("search_" * 7) for wire in wires)
    assert [tools.from_wire(wire) for wire in wires] == [one, two]


def test_legal_name_takes_precedence_over_an_alias() -> None:
    tools = ToolNames.of(["a b", "a_b"])
    assert tools.to_wire("a_b") == "a_b"
    assert re.fullmatch(r"a_b_[0-9a-f]{8}", tools.to_wire("a b"))


def test_colliding_names_do_not_depend_on_their_order() -> None:
    forward, backward = ToolNames.of(["a b", "a.b"]), ToolNames.of(["a.b", "a b"])
    assert forward == backward
    wires = {forward.to_wire("a b"), forward.to_wire("a.b")}
    assert len(wires) == 2
    assert "a_b" not in wires


def test_name_that_looks_like_an_alias_stays_distinct() -> None:
    alias = ToolNames.of(["a b", "a_b"]).to_wire("a b")
    tools = ToolNames.of(["a b", "a_b", alias])
    assert tools.to_wire(alias) == alias
    assert tools.to_wire("a b") not in ("a_b", alias)
    assert tools.from_wire(tools.to_wire("a b")) == "a b"


def test_illegal_name_whose_replacement_is_an_alias_stays_distinct() -> None:
    alias = ToolNames.of(["a b", "a.b"]).to_wire("a b")
    originals = ["a b", "a.b", alias.replace("_", " ")]
    tools = ToolNames.of(originals)
    assert [tools.from_wire(tools.to_wire(name)) for name in originals] == originals


def test_aliases_do_not_depend_on_the_process() -> None:
    tools = ToolNames.of(["a b", "a.b", "x" * 70])
    wires = [tools.to_wire(name) for name in ("a b", "a.b", "x" * 70)]
    assert wires == ["a_b_72523ecb", "a_b_7bafdfbe", "x" * 55 + "_fc740988"]


def test_names_in_a_history_need_not_be_tools() -> None:
    tools = ToolNames.of(["a b"])
    assert tools.to_wire("gone") == "gone"
    assert tools.to_wire("long gone") == "long_gone"
    assert LEGAL.fullmatch(tools.to_wire("x" * 65))
    assert LEGAL.fullmatch(tools.to_wire(""))
    assert tools.from_wire("made_up") == "made_up"
    assert tools.from_wire("made up") == "made up"


@pytest.mark.parametrize(
    ("tool", "name"), [("a b", "a_b"), ("a b", "a.b"), ("a_b", "a b"), ("a_b", "a.b")]
)
def test_other_names_in_a_history_are_not_mistaken_for_a_tool(tool: str, name: str) -> None:
    tools = ToolNames.of([tool])
    assert tools.to_wire(name) != tools.to_wire(tool)


@pytest.mark.parametrize(
    ("given_names", "message", "hint"),
    [
        ([""], "A tool has the name ''.", "Give it a non-empty string."),
        (["a", None], "A tool has the name None.", "Give it a non-empty string."),
        ([7], "A tool has the name 7.", "Give it a non-empty string."),
        (["a", "b", "a"], "Two tools have the name 'a'.", "Rename one of them."),
        (["a b", "a b"], "Two tools have the name 'a b'.", "Rename one of them."),
    ],
)
def test_invalid_names_are_rejected(given_names: Sequence[str], message: str, hint: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        ToolNames.of(given_names)
    assert (caught.value.param, caught.value.message) == ("tools", message)
    assert caught.value.hint == hint


def test_half_of_a_character_in_a_long_name_is_replaced() -> None:
    tools = ToolNames.of(["\ud83d" * 65])
    wire = tools.to_wire("\ud83d" * 65)
    assert re.fullmatch(r"_{56}[0-9a-f]{8}", wire)
    assert tools.from_wire(wire) == "\ud83d" * 65


@settings(deadline=None, max_examples=300)
@given(name_sets)
def test_any_names_are_sent_legal_and_distinct_and_restored(originals: list[str]) -> None:
    tools = ToolNames.of(originals)
    wires = [tools.to_wire(name) for name in originals]
    assert all(LEGAL.fullmatch(wire) for wire in wires)
    assert len(set(wires)) == len(originals)
    assert [tools.from_wire(wire) for wire in wires] == originals
    assert all(
        wire == name for name, wire in zip(originals, wires, strict=True) if LEGAL.fullmatch(name)
    )


@settings(deadline=None)
@given(name_sets, st.randoms(use_true_random=False))
def test_aliases_do_not_depend_on_the_order(originals: list[str], random: object) -> None:
    shuffled = sorted(originals, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert ToolNames.of(shuffled) == ToolNames.of(originals)


@settings(deadline=None, max_examples=300)
@given(name_sets, names)
def test_other_names_are_legal_and_never_those_of_tools(originals: list[str], foreign: str) -> None:
    tools = ToolNames.of(name for name in originals if name != foreign)
    wire = tools.to_wire(foreign)
    assert LEGAL.fullmatch(wire)
    assert tools.from_wire(wire) == wire
    assert wire not in {tools.to_wire(name) for name in originals if name != foreign}
