"""Known faults are mended, in a stream as in a whole message, and nothing else is touched."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionos_model_hub.wire.quirks import (
    QUIRKS,
    Kind,
    LeakedCall,
    Quirk,
    ThinkSplitter,
    ToolCallSieve,
    faults,
    fix_tool_name,
    leaked_tool_calls,
    split_thinking,
)

GPT_OSS = "openai/gpt-oss-120b"
LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
MISTRAL = "mistralai/Mistral-Small-24B-Instruct"
QWEN = "Qwen/Qwen3.5-9B"
MODELS = [GPT_OSS, LLAMA, MISTRAL, QWEN, "mistralai/Mistral-Nemo-Instruct-2407", "new/model", ""]
TOOLS = ["get_weather", "get", "add-2"]
ARGUMENTS = '{"city": "Köln", "days": [1, {"x": "}"}]}'


# -- the table


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


@pytest.mark.parametrize("quirk", QUIRKS)
def test_every_example_of_the_table_is_mended(quirk: Quirk) -> None:
    by_fault = {
        "marked_tool_names": lambda model, text: fix_tool_name(model, text) == "my_tool",
        "leaked_tool_calls": lambda model, text: (
            leaked_tool_calls(model, text, ["my_tool"]) == ("", [("my_tool", '{"a": 1}')])
        ),
        "think_tags": lambda model, text: split_thinking(model, text) == ("Let me see.", "Yes."),
    }
    assert by_fault[quirk.fault](quirk.family, quirk.example)


# -- names of tools


@pytest.mark.parametrize(
    ("name", "mended"),
    [
        ("my_tool<|channel|>commentary", "my_tool"),
        ("my_tool<|constrain|>json<|channel|>x", "my_tool"),
        ("my_tool <|channel|>", "my_tool"),
        ("my_tool", "my_tool"),
        ("<|channel|>commentary", "<|channel|>commentary"),
        ("", ""),
    ],
)
def test_marked_tool_name(name: str, mended: str) -> None:
    assert fix_tool_name(GPT_OSS, name) == mended
    assert fix_tool_name(LLAMA, name) == name


# -- leaked calls

LEAKS: dict[str, tuple[str, str, list[LeakedCall]]] = {
    "name and object": (f"[TOOL_CALLS] get_weather{ARGUMENTS}", "", [("get_weather", ARGUMENTS)]),
    "no space": (f"[TOOL_CALLS]get_weather{ARGUMENTS}", "", [("get_weather", ARGUMENTS)]),
    "space everywhere": ("\n [TOOL_CALLS] \n get \n {} \n", "", [("get", "{}")]),
    "[ARGS]": (f"[TOOL_CALLS]get_weather[ARGS]{ARGUMENTS}", "", [("get_weather", ARGUMENTS)]),
    "[CALL_ID]": ("[TOOL_CALLS]get[CALL_ID]aB3[ARGS] {}", "", [("get", "{}")]),
    "list": (
        '[TOOL_CALLS] [{"name": "get", "arguments": {"a": "ü"}}, '
        '{"name": "add-2", "arguments": {}}]',
        "",
        [("get", '{"a": "ü"}'), ("add-2", "{}")],
    ),
    "list with ids": (
        '[TOOL_CALLS][{"name":"get","arguments":{},"id":"abc","type":"function"}]',
        "",
        [("get", "{}")],
    ),
    "arguments first": (
        '[TOOL_CALLS][{"arguments":{"a":1},"name":"get"}]',
        "",
        [("get", '{"a": 1}')],
    ),
    "object": ('[TOOL_CALLS]{"name":"get","arguments":{}}', "", [("get", "{}")]),
    "arguments as text": (
        '[TOOL_CALLS][{"name":"get","arguments":"{\\"a\\":1}"}]',
        "",
        [("get", '{"a":1}')],
    ),
    "marker per call": (
        '[TOOL_CALLS]get{"a":1}[TOOL_CALLS]add-2{"b":2}',
        "",
        [("get", '{"a":1}'), ("add-2", '{"b":2}')],
    ),
    "text before": ("Let me look. [TOOL_CALLS]get{}", "Let me look. ", [("get", "{}")]),
    "text around": (
        "Let [me] look.[TOOL_CALLS]get{} Done.",
        "Let [me] look. Done.",
        [("get", "{}")],
    ),
    "marker in arguments": (
        '[TOOL_CALLS]get{"q": "[TOOL_CALLS]add-2{}"}',
        "",
        [("get", '{"q": "[TOOL_CALLS]add-2{}"}')],
    ),
    "bracket just before": ("x[[TOOL_CALLS]get{}", "x[", [("get", "{}")]),
    "brackets before": ("[[TOOL[TOOL_CALLS]get{}", "[[TOOL", [("get", "{}")]),
    "second call cut off": (
        '[TOOL_CALLS]get{}[TOOL_CALLS]add-2{"a": ',
        '[TOOL_CALLS]add-2{"a": ',
        [("get", "{}")],
    ),
    "unknown tool, then a known one": (
        "[TOOL_CALLS]gets{}[TOOL_CALLS]get{}",
        "[TOOL_CALLS]gets{}",
        [("get", "{}")],
    ),
    "plain tool and parameters": (
        '{"tool": "get_weather", "parameters": {"city": "Köln"}}',
        "",
        [("get_weather", '{"city": "Köln"}')],
    ),
    "plain name and arguments": (
        ' {"name":"get","arguments":{"a":1}}\n',
        "",
        [("get", '{"a": 1}')],
    ),
    "plain, arguments first": ('{ "arguments" : {}, "name" : "get" }', "", [("get", "{}")]),
    "plain, arguments as text": ('{"tool":"get","parameters":"{}"}', "", [("get", "{}")]),
}

NO_LEAKS: dict[str, str] = {
    "empty": "",
    "blank": " \n\n ",
    "text": "The weather [in Köln] is {fine}.",
    "marker in words": "Mistral writes [TOOL_CALLS] before a call.",
    "marker at the end": "It writes [TOOL_CALLS]",
    "part of a marker": "It writes [TOOL_",
    "unknown tool": "[TOOL_CALLS] rm{}",
    "longer name": "[TOOL_CALLS]get_weathers{}",
    "no arguments": "[TOOL_CALLS]get and more",
    "arguments are a list": '[TOOL_CALLS]get[{"name":"get","arguments":{}}]',
    "arguments cut off": '[TOOL_CALLS]get{"a": [1',
    "arguments broken": "[TOOL_CALLS]get{a: 1}",
    "arguments too deep": "[TOOL_CALLS]get" + '{"a":' * 100_000,
    "list with an unknown tool": (
        '[TOOL_CALLS][{"name":"get","arguments":{}},{"name":"x","arguments":{}}]'
    ),
    "list of no call": '[TOOL_CALLS][{"name":"get","arguments":{}}, 1]',
    "empty list": "[TOOL_CALLS][]",
    "plain, unknown tool": '{"tool":"rm","parameters":{}}',
    "plain, other keys": '{"tool":"get","parameters":{},"why":"x"}',
    "plain, two names": '{"tool":"get","name":"get","parameters":{}}',
    "plain, no arguments": '{"tool":"get"}',
    "plain, arguments twice": '{"tool":"get","parameters":{},"arguments":{}}',
    "plain, name is no text": '{"parameters":{},"name":["get"]}',
    "plain, arguments are a list": '{"name":"get","arguments":[]}',
    "plain, text after": '{"name":"get","arguments":{}} is a call',
    "plain, text before": 'Call: {"name":"get","arguments":{}}',
    "plain, cut off": '{"name":"get","arguments":{',
    "JSON": '{"city": "Köln", "name": "get"}',
    "JSON list": '[{"name":"get","arguments":{}}]',
    "lone surrogate": '{"name":"get","arguments":"\ud800"}',
    "endless white space": "[TOOL_CALLS]" + " " * 100 + "get{}",
}


def sift(chunks: list[str], model: str = MISTRAL) -> tuple[str, list[LeakedCall]]:
    sieve = ToolCallSieve(model, TOOLS)
    shown = "".join([sieve.feed(chunk) for chunk in chunks])
    rest, calls = sieve.finish()
    return shown + rest, calls


def two_splits(text: str) -> list[list[str]]:
    if len(text) > 200:
        return [[text[:9], text[9:]]]
    return [[text[:at], text[at:]] for at in range(len(text) + 1)]


@pytest.mark.parametrize("name", LEAKS)
def test_leak_becomes_calls_however_it_is_cut(name: str) -> None:
    content, rest, calls = LEAKS[name]
    assert leaked_tool_calls(MISTRAL, content, TOOLS) == (rest, calls)
    for chunks in [list(content), *two_splits(content)]:
        assert sift(chunks) == (rest, calls), chunks
    for _, arguments in calls:
        assert isinstance(json.loads(arguments), dict)


@pytest.mark.parametrize("name", LEAKS)
def test_leak_stays_text_without_the_quirk_or_the_tools(name: str) -> None:
    content, _, _ = LEAKS[name]
    assert leaked_tool_calls(LLAMA, content, TOOLS) == (content, [])
    assert leaked_tool_calls(MISTRAL, content, []) == (content, [])
    assert leaked_tool_calls(MISTRAL, content, ["other"]) == (content, [])


@pytest.mark.parametrize("name", NO_LEAKS)
def test_what_is_no_call_of_an_offered_tool_stays_text(name: str) -> None:
    content = NO_LEAKS[name]
    assert leaked_tool_calls(MISTRAL, content, TOOLS) == (content, [])
    for chunks in [list(content[:300]), *two_splits(content)]:
        assert sift(chunks) == ("".join(chunks), [])


@pytest.mark.parametrize(
    ("chunks", "shown"),
    [
        (["Hel", "lo [", "x] {", "}"], ["Hel", "lo ", "[x] {", "}"]),
        (["[", "TO", "DO] a"], ["", "", "[TODO] a"]),
        (["[TOOL_CALLS]", " ge", "s!", "x"], ["", "", "[TOOL_CALLS] ges!", "x"]),
        (["a[TOOL_CALLS]x[TOOL", "_CALLS]y"], ["a[TOOL_CALLS]x", "[TOOL_CALLS]y"]),
        ([" ", "\n", "Hi"], ["", "", " \nHi"]),
        (["{", '"', "city", '": 1}'], ["", "", '{"city', '": 1}']),
        (['{"name": "', "Ge", 'rd"}'], ["", '{"name": "Ge', 'rd"}']),
        (['{"name": "gets', '"}'], ['{"name": "gets', '"}']),
        (
            ["Hi ", '{"name": "get", ', '"arguments": {}}'],
            ["Hi ", '{"name": "get", ', '"arguments": {}}'],
        ),
        (["[TOOL_CALLS]" + " " * 100, "get{}"], ["[TOOL_CALLS]" + " " * 100, "get{}"]),
        (["[TOOL_CALLS] get", " and", " so on"], ["", "", ""]),
    ],
)
def test_text_is_shown_as_soon_as_it_can_be_no_call(chunks: list[str], shown: list[str]) -> None:
    sieve = ToolCallSieve(MISTRAL, TOOLS)
    assert [sieve.feed(chunk) for chunk in chunks] == shown
    assert "".join(shown) + sieve.finish()[0] == "".join(chunks)


def test_nothing_is_held_for_models_without_the_quirk() -> None:
    sieve = ToolCallSieve(LLAMA, TOOLS)
    assert [sieve.feed(text) for text in ("[TOOL", "_CALLS]get", "{}", "")] == [
        *("[TOOL", "_CALLS]get", "{}", "")
    ]
    assert sieve.finish() == ("", [])


def test_a_long_call_comes_through_whole() -> None:
    arguments = json.dumps({"text": "[{" * 500_000})
    content = f"[TOOL_CALLS]get{arguments}"
    chunks = [content[at : at + 16] for at in range(0, len(content), 16)]
    assert sift(chunks) == ("", [("get", arguments)])


def test_many_brackets_are_passed() -> None:
    content = "[TOOL_CALLS]x" * 2_000 + "[" * 100_000
    assert sift([content]) == (content, [])


# -- reasoning in tags

THOUGHTS: dict[str, tuple[str, str, str]] = {
    "tags": ("<think>Hm.</think>Yes.", "Hm.", "Yes."),
    "white space": (" \n<think>\nHm.\n</think>\n\nYes.\n", "\nHm.\n", "Yes.\n"),
    "empty": ("<think>\n\n</think>\n\nYes.", "\n\n", "Yes."),
    "nothing at all": ("<think></think>", "", ""),
    "never closed": ("<think>Hm. </thi", "Hm. </thi", ""),
    "almost closed": ("<think>a</think<</thinks></think>b", "a</think<</thinks>", "b"),
    "no tags": ("Yes.", "", "Yes."),
    "not at the start": ("Yes <think>Hm.</think>", "", "Yes <think>Hm.</think>"),
    "only once": ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
    "part of a tag": ("<thi", "", "<thi"),
    "another tag": ("<thing>", "", "<thing>"),
    "blank": (" \n", "", " \n"),
    "": ("", "", ""),
}


def split(chunks: list[str], model: str = QWEN) -> tuple[str, str]:
    splitter = ThinkSplitter(model)
    pieces: list[tuple[Kind, str]] = []
    for chunk in chunks:
        pieces += splitter.feed(chunk)
    pieces += splitter.finish()
    assert all(text for _, text in pieces)
    reasoning = "".join(text for kind, text in pieces if kind == "reasoning")
    return reasoning, "".join(text for kind, text in pieces if kind == "content")


@pytest.mark.parametrize("name", THOUGHTS)
def test_thinking_is_split_off_however_it_is_cut(name: str) -> None:
    content, reasoning, rest = THOUGHTS[name]
    assert split_thinking(QWEN, content) == (reasoning, rest)
    for chunks in [list(content), *two_splits(content)]:
        assert split(chunks) == (reasoning, rest), chunks
    assert split_thinking(MISTRAL, content) == ("", content)


def test_reasoning_and_content_are_not_delayed() -> None:
    splitter = ThinkSplitter(QWEN)
    chunks = ["<think>", "a", "b<", "c", "</think>", "\n", "d", "<e", ""]
    assert [splitter.feed(chunk) for chunk in chunks] == [
        [],
        [("reasoning", "a")],
        [("reasoning", "b")],
        [("reasoning", "<c")],
        [],
        [],
        [("content", "d")],
        [("content", "<e")],
        [],
    ]
    assert splitter.finish() == []


# -- properties

PIECES = ["[TOOL_CALLS]", "[", "]", "{", "}", "get", "_weather", "add-2", '"', ":", ",", " ", "\n"]
JSON_PIECES = ['"name"', '"tool"', '"arguments"', '"parameters"', '"get"', "{}", "[ARGS]", "x"]
TAG_PIECES = ["<think>", "</think>", "<", "/think", "<|channel|>"]
marked = st.lists(st.sampled_from(PIECES + JSON_PIECES + TAG_PIECES), max_size=25).map("".join)
leaks = st.sampled_from([content for content, _, _ in LEAKS.values()])


@st.composite
def cut(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> list[str]:
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@settings(deadline=None)
@given(st.sampled_from(MODELS), st.text(st.characters(exclude_characters="[{<"), max_size=60))
def test_text_without_markers_is_unchanged(model: str, text: str) -> None:
    assert leaked_tool_calls(model, text, TOOLS) == (text, [])
    assert split_thinking(model, text) == ("", text)
    assert fix_tool_name(model, text) == text


@settings(deadline=None, max_examples=500)
@given(cut(st.one_of(marked, leaks, st.tuples(marked, leaks).map("".join))))
def test_any_cutting_leads_to_the_same_calls(chunks: list[str]) -> None:
    assert sift(chunks) == leaked_tool_calls(MISTRAL, "".join(chunks), TOOLS)


@settings(deadline=None, max_examples=300)
@given(cut(marked))
def test_any_cutting_leads_to_the_same_reasoning(chunks: list[str]) -> None:
    assert split(chunks) == split_thinking(QWEN, "".join(chunks))


json_objects = st.dictionaries(
    st.text(max_size=5), st.one_of(st.none(), st.integers(), st.text(max_size=9)), max_size=3
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(TOOLS), json_objects), min_size=1, max_size=3),
    st.sampled_from(["[TOOL_CALLS]{}{}", "[TOOL_CALLS] {}{}", "[TOOL_CALLS]{}[ARGS]{}"]),
)
def test_what_was_called_comes_back(calls: list[tuple[str, dict[str, object]]], form: str) -> None:
    content = "".join(form.format(name, json.dumps(arguments)) for name, arguments in calls)
    rest, found = leaked_tool_calls(MISTRAL, content, TOOLS)
    assert rest == ""
    assert [(name, json.loads(arguments)) for name, arguments in found] == calls
