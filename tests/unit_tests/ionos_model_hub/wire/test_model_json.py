"""The JSON in a model's output is found, or its absence explained."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schema_strategies import json_values

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.model_json import find_waste, read_json, read_partial_json

READABLE: dict[str, tuple[str, object]] = {
    "exact": ('{"a": 1}', {"a": 1}),
    "whitespace": (' \n{"a": 1}\n ', {"a": 1}),
    "number": ("42", 42),
    "text": ('"x"', "x"),
    "null": ("null", None),
    "list": ("[1, [2]]", [1, [2]]),
    "byte order mark": ('\ufeff{"a": 1}', {"a": 1}),
    "byte order mark, then a fence": ("\ufeff\n```json\n42\n```", 42),
    "fence": ('```json\n{"a": 1}\n```', {"a": 1}),
    "bare fence": ('```\n{"a": 1}\n```\n', {"a": 1}),
    "fence on one line": ('```{"a": 1}```', {"a": 1}),
    "fence never closed": ('```json\n{"a": 1}', {"a": 1}),
    "fence of another name": ('```JSON\n{"a": 1}\n```', {"a": 1}),
    "fence around a number": ("```json\n42\n```", 42),
    "fence in prose": ('Here:\n```json\n{"a": 1}\n```\nDone.', {"a": 1}),
    "fence in a string": ('Here: {"a": "```json\\n{}\\n```"}', {"a": "```json\n{}\n```"}),
    "think": ('<think>{"no": 1} Hm.</think>\n{"a": 1}', {"a": 1}),
    "think and fence": ('\n<think></think>\n```json\n{"a": 1}\n```', {"a": 1}),
    "prose before": ('Sure: {"a": 1}', {"a": 1}),
    "prose after": ('{"a": 1}\nThat is all.', {"a": 1}),
    "list in prose": ("The list is [1, 2].", [1, 2]),
    "citation before": ('As [1] says: {"a": 1}', {"a": 1}),
    "citation after": ('{"a": 1} as in [1, 2, 3, 4, 5]', {"a": 1}),
    "brackets that are prose": ('[[The]] {answer} [is] {: {"a": 1} [', {"a": 1}),
    "placeholders": ('Put {0} [x], [ ] or {} into {"a": 1}', {"a": 1}),
    "the longest object": ('{} {"a": 1} {}', {"a": 1}),
    "the first of the longest objects": ('{"a": 1} or {"b": 2}', {"a": 1}),
    "line breaks in strings": ('{"a": "x\ny"}', {"a": "x\ny"}),
    "lone surrogate": ('{"a": "\ud800"}', {"a": "\ud800"}),
}


NUMBERS = ("number", "byte order mark, then a fence", "fence around a number")


@pytest.mark.parametrize("name", NUMBERS)
def test_number_at_the_token_limit_may_be_incomplete(name: str) -> None:
    with pytest.raises(ResponseError, match="token limit"):
        read_json(READABLE[name][0], finish_reason="length")


@pytest.mark.parametrize("name", READABLE)
def test_readable_output(name: str) -> None:
    text, value = READABLE[name]
    assert read_json(text) == value
    if name not in NUMBERS:
        assert read_json(text, finish_reason="length") == value
    assert read_partial_json(text) == value


INVALID = [
    "I cannot tell.",
    '{"a": ',
    '{"a": 1',
    '{"a": tr',
    '{"a": [{"b": 1}, {"c": 2}',
    '{"code": "x = {}',
    '["x = {}',
    '{"re": "\\d[1]"}',
    '{bad: {"a": 1}}',
    "{'a': [1]}",
    '{"a": 1}}',
    '[1] says {"a": 1, ',
    "[" * 100_000,
    '{"a": ' * 100_000,
    "see [" + "9" * 5_000 + "]",
    "<think>So {} is",
    "```",
]


@pytest.mark.parametrize("text", INVALID, ids=[f"text {number}" for number in range(len(INVALID))])
def test_malformed_or_incomplete_json_is_an_error(text: str) -> None:
    with pytest.raises(ResponseError, match=r"^The response is not valid JSON: ") as caught:
        read_json(text, finish_reason="stop")
    assert len(str(caught.value)) < 300
    assert caught.value.hint == "Use a strict `json_schema`, or try again."
    with pytest.raises(ResponseError, match="token limit") as caught:
        read_json(text, finish_reason="length")
    assert "max_tokens" in str(caught.value)


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_empty_output_is_an_error(text: str | None) -> None:
    with pytest.raises(ResponseError) as caught:
        read_json(text)
    assert caught.value.message == "The response is empty; it should be JSON."
    with pytest.raises(ResponseError) as caught:
        read_json(text, finish_reason="length")
    assert caught.value.message == (
        "The response reached the token limit before its JSON was complete."
    )
    assert caught.value.hint == "Increase `max_tokens`; reasoning counts as well."


def test_error_shows_only_the_beginning() -> None:
    with pytest.raises(ResponseError, match=r"'x{80}'"):
        read_json("x" * 80)
    with pytest.raises(ResponseError) as caught:
        read_json("x" * 1000)
    assert "x" * 80 + "…" in str(caught.value)
    assert "x" * 81 not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("Sure", None),
        ("4 of", None),
        ("[the", None),
        ("{", {}),
        ('{"a', {}),
        ('{"a": "x', {"a": "x"}),
        ('{"a": [1, {"b": "y', {"a": [1, {"b": "y"}]}),
        ('"tex', "tex"),
        ('["a", "b', ["a", "b"]),
        ("```json\n", None),
        ('```json\n{"a": "x', {"a": "x"}),
        ('```json\n{"a": "x"}\n``', {"a": "x"}),
        ('Sure [1]: {"a": "x', {"a": "x"}),
        ('<think>{"a": "x', None),
        ('<think>{}</think>{"a": "x', {"a": "x"}),
        ('{"a": 1} and', {"a": 1}),
        ("{'a': 1", None),
        ('{"a": "\x00"', None),
        ("[" * 100_000, None),
    ],
)
def test_partial_output(text: str, value: object) -> None:
    assert read_partial_json(text) == value


@pytest.mark.parametrize("brackets", ["{", "[", "[ ", "{ [] ", "[{x", "{{}", "[]", "[x] "])
def test_many_brackets_are_skipped(brackets: str) -> None:
    assert read_json(brackets * 100_000 + 'x {"a": 1}') == {"a": 1}


WRAPPINGS = [
    "{}",
    "\n {} \n",
    "\ufeff{}",
    "```json\n{}\n```",
    "```\n{}\n```\n",
    "<think>Let [me] see, {{}}.</think>{}",
    "<think>\n</think>\n\n```json\n{}\n```",
]
PROSE = ["Here it is: {}", "{} That is all.", "Look [here]:\n```json\n{}\n```\nDone {{ }}."]


def wrapped(wrapping: str, text: str) -> str:
    return wrapping.replace("{}", text, 1) if "{{" not in wrapping else wrapping.format(text)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(WRAPPINGS), json_values, st.sampled_from([None, 2]), st.booleans())
def test_json_is_found_in_any_wrapping(
    wrapping: str, value: object, indent: int | None, ascii_only: bool
) -> None:
    text = wrapped(wrapping, json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert read_json(text) == value


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(PROSE), st.dictionaries(st.text(max_size=5), json_values, min_size=1))
def test_objects_are_found_in_prose(prose: str, value: object) -> None:
    assert read_json(wrapped(prose, json.dumps(value))) == value


@settings(deadline=None)
@given(st.sampled_from(WRAPPINGS + PROSE), st.dictionaries(st.text(max_size=5), json_values))
def test_every_prefix_can_be_parsed(wrapping: str, value: dict[str, object]) -> None:
    text = wrapped(wrapping, json.dumps({"": 1, **value}))
    for end in range(len(text)):
        partial = read_partial_json(text[:end])
        assert partial is None or isinstance(partial, dict | list)
    assert read_partial_json(text) == {"": 1, **value}


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(), st.text(alphabet='{}[]",:\\ a1`\n<>')))
def test_any_text_gives_json_or_a_response_error(text: str) -> None:
    partial = read_partial_json(text)
    try:
        value = read_json(text)
    except ResponseError:
        return
    assert json.dumps(value) == json.dumps(partial)


NUMBERED = ", ".join(map(str, range(100)))


@pytest.mark.parametrize(
    ("text", "waste"),
    [
        ('{"name": "Ada"' + "\n" * 200, "whitespace"),
        ('{"name": "Ada",' + " \n\t" * 100, "whitespace"),
        ('{"a": "' + "na" * 100, "repetition"),
        ("na" * 64, "repetition"),
        ("na" * 63, None),
        ('{"tags": [' + '"red", ' * 40 + '"re', "repetition"),
        ("[" + NUMBERED[:200] * 8, "repetition"),
        ("[" + NUMBERED[:201] * 8, None),
        ("[" + NUMBERED[:50] * 8, "repetition"),
        (NUMBERED + NUMBERED[:50] * 7, None),
        ('{"name": "Ada"' + "\n" * 128, "whitespace"),
        ('{"name": "Ada"' + "\n" * 127, None),
        ('{"n": [' + ", ".join(map(str, range(300))), None),
        ('{"a": "' + "Lorem ipsum " * 3, None),
        ("", None),
    ],
)
def test_wasted_token_budget_is_explained(text: str, waste: str | None) -> None:
    assert find_waste(text) == waste
    with pytest.raises(ResponseError, match="token limit") as caught:
        read_json(text, finish_reason="length")
    if waste is None:
        assert caught.value.hint == "Increase `max_tokens`; reasoning counts as well."
        return
    assert caught.value.message == (
        f"The response reached the token limit with {waste} instead of completing its JSON."
    )
    assert caught.value.hint == (
        "A larger `max_tokens` does not help. Set a temperature or a frequency_penalty, shorten "
        "the schema (maxItems, maxLength), show compact JSON in the prompt, or use another method "
        "or model."
    )


@given(st.text(min_size=1, max_size=200), st.integers(8, 30), st.integers(0, 199))
def test_any_repeated_fragment_is_found(fragment: str, repeats: int, rest: int) -> None:
    text = fragment * repeats + fragment[: rest % len(fragment)]
    assert find_waste(text) is not None or len(text) < 128 + 200
