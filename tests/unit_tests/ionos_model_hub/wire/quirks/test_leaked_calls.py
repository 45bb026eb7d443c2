"""Tool calls in the content become real calls, and other text is unchanged."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quirky_texts import LLAMA, MISTRAL, split_texts, texts_with_markers, two_splits

from ionos_model_hub.wire.quirks.leaked_calls import LeakedCall, ToolCallSieve

TOOLS = ["get_weather", "get", "add-2"]
ARGUMENTS = '{"city": "Köln", "days": [1, {"x": "}"}]}'

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
    "plain, name is not a string": '{"parameters":{},"name":["get"]}',
    "plain, arguments are a list": '{"name":"get","arguments":[]}',
    "plain, text after": '{"name":"get","arguments":{}} is a call',
    "plain, text before": 'Call: {"name":"get","arguments":{}}',
    "plain, cut off": '{"name":"get","arguments":{',
    "JSON": '{"city": "Köln", "name": "get"}',
    "JSON list": '[{"name":"get","arguments":{}}]',
    "lone surrogate": '{"name":"get","arguments":"\ud800"}',
    "endless whitespace": "[TOOL_CALLS]" + " " * 100 + "get{}",
}


def sift(
    chunks: list[str], model: str = MISTRAL, tools: list[str] = TOOLS
) -> tuple[str, list[LeakedCall]]:
    """Return the remaining content and the calls."""
    sieve = ToolCallSieve(model, tools)
    shown = "".join([sieve.feed(chunk) for chunk in chunks])
    rest, calls = sieve.finish()
    return shown + rest, calls


@pytest.mark.parametrize("name", LEAKS)
def test_leaked_calls_are_found_however_the_text_is_split(name: str) -> None:
    content, rest, calls = LEAKS[name]
    assert sift([content]) == (rest, calls)
    for chunks in [list(content), *two_splits(content)]:
        assert sift(chunks) == (rest, calls), chunks
    for _, arguments in calls:
        assert isinstance(json.loads(arguments), dict)


@pytest.mark.parametrize("name", LEAKS)
def test_leak_stays_text_for_other_models_and_tools(name: str) -> None:
    content, _, _ = LEAKS[name]
    assert sift([content], LLAMA) == (content, [])
    assert sift([content], tools=[]) == (content, [])
    assert sift([content], tools=["other"]) == (content, [])


@pytest.mark.parametrize("name", NO_LEAKS)
def test_other_text_is_unchanged(name: str) -> None:
    content = NO_LEAKS[name]
    assert sift([content]) == (content, [])
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
def test_text_is_released_as_soon_as_it_cannot_be_a_call(
    chunks: list[str], shown: list[str]
) -> None:
    sieve = ToolCallSieve(MISTRAL, TOOLS)
    assert [sieve.feed(chunk) for chunk in chunks] == shown
    assert "".join(shown) + sieve.finish()[0] == "".join(chunks)


def test_nothing_is_held_back_for_other_models() -> None:
    sieve = ToolCallSieve(LLAMA, TOOLS)
    assert [sieve.feed(text) for text in ("[TOOL", "_CALLS]get", "{}", "")] == [
        *("[TOOL", "_CALLS]get", "{}", "")
    ]
    assert sieve.finish() == ("", [])


def test_long_call() -> None:
    arguments = json.dumps({"text": "[{" * 500_000})
    content = f"[TOOL_CALLS]get{arguments}"
    chunks = [content[at : at + 16] for at in range(0, len(content), 16)]
    assert sift(chunks) == ("", [("get", arguments)])


def test_many_brackets_are_skipped() -> None:
    content = "[TOOL_CALLS]x" * 2_000 + "[" * 100_000
    assert sift([content]) == (content, [])


leaks = st.sampled_from([content for content, _, _ in LEAKS.values()])


@settings(deadline=None, max_examples=500)
@given(split_texts(texts_with_markers | leaks | st.tuples(texts_with_markers, leaks).map("".join)))
def test_any_split_gives_the_same_calls(chunks: list[str]) -> None:
    assert sift(chunks) == sift(["".join(chunks)])


json_objects = st.dictionaries(
    st.text(max_size=5), st.one_of(st.none(), st.integers(), st.text(max_size=9)), max_size=3
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(TOOLS), json_objects), min_size=1, max_size=3),
    st.sampled_from(["[TOOL_CALLS]{}{}", "[TOOL_CALLS] {}{}", "[TOOL_CALLS]{}[ARGS]{}"]),
)
def test_leaked_calls_are_restored(calls: list[tuple[str, dict[str, object]]], form: str) -> None:
    content = "".join(form.format(name, json.dumps(arguments)) for name, arguments in calls)
    rest, leaked = sift([content])
    assert rest == ""
    assert [(name, json.loads(arguments)) for name, arguments in leaked] == calls
