"""Tool parsers return what those of vLLM 0.32.0 returned for the same pieces of text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.engine.parsed import FunctionCall, ParsedOutput
from ionos_model_hub.emulator.engine.tool_parsers import TOOL_PARSERS
from ionos_model_hub.emulator.text import tokens

PARAMETERS = {
    "get_weather": {"properties": {"city": {"type": "string"}, "n": {"type": "integer"}}},
    "f": {},
}
HERMES = [
    *("Let", " me", "<tool_call>", "\n", '{"name', '": "', "get_", 'weather"', ', "arguments": '),
    *('{"city', '": "Ber', 'lin"', "}}", "\n", "</tool_call>", "\n", "<tool_call>", '{"name": "f"'),
    *(', "arguments": {}', "}", "</tool_call>"),
]
LLAMA = [
    *('{"name": "', "get_", 'weather",', ' "parameters":', ' {"city":', ' "', "Ber", "lin", '"'),
    "}}",
]
MISTRAL = ["Hi", "[TOOL_CALLS]", "get_", "weather", "{", '"city"', ': "Ber', 'lin"}']
QWEN = [
    *("Let", " me", "<tool_call>", "\n", "<", "function", "=", "get_", "weather", ">", "\n"),
    *("<parameter=city>", "\n", "Ber", "lin", "\n", "</parameter>", "\n", "<parameter=n>\n", "3"),
    *("\n</parameter>", "\n", "</function>", "\n", "</tool_call>"),
]
NAME = "name:get_weather"


def deltas(parser: str, pieces: list[str], *, truncated: bool = False) -> list[str]:
    """Return the deltas in short: text, `name:` and a name, or arguments; `|` joins them."""
    stream = TOOL_PARSERS[parser](PARAMETERS, str).stream()
    steps = [(piece, truncated and piece is pieces[-1]) for piece in pieces]
    steps += [] if truncated else [("", True)]
    found = [stream.feed(piece, finished=finished) for piece, finished in steps]
    return ["|".join(describe(delta)) for delta in found if delta is not None]


def describe(delta: dict[str, Any]) -> list[str]:
    parts = [delta["content"]] if delta.get("content") else []
    for call in delta.get("tool_calls", ()):
        function = call["function"]
        parts += [f"name:{function['name']}"] if "name" in function else []
        parts += [function["arguments"]] if "arguments" in function else []
    return parts


def parse(parser: str, pieces: list[str]) -> ParsedOutput:
    return TOOL_PARSERS[parser](PARAMETERS, str).parse("".join(pieces))


def test_hermes_streams_name_and_pieces_of_arguments() -> None:
    expected = ["Let", " me", NAME, '{"city', '": "Ber', 'lin"', "}", "name:f", "{}"]
    assert deltas("hermes", HERMES) == expected


def test_hermes_sends_null_content_beside_calls() -> None:
    stream = TOOL_PARSERS["hermes"](PARAMETERS, str).stream()
    (delta,) = filter(None, [stream.feed('<tool_call>{"name": "f"', finished=False)])
    function = {"id": "0", "type": "function", "index": 0, "function": {"name": "f"}}
    assert delta == {"content": None, "tool_calls": [function]}


def test_llama_streams_arguments_one_piece_late() -> None:
    expected = [NAME, '{"city": "', "Ber", 'lin"}', ""]
    assert deltas("llama3_json", LLAMA) == expected


def test_llama_never_streams_empty_arguments() -> None:
    pieces = ['{"name":', ' "f",', ' "parameters":', " {", "}", "}"]
    assert deltas("llama3_json", pieces) == ["name:f"]


def test_llama_streams_a_space_at_the_end_of_a_piece_with_the_next_one() -> None:
    pieces = ['{"name": "f"', ', "parameters":', ' {"city": "', "New", " ", "York", '"}}']
    assert deltas("llama3_json", pieces) == ["name:f", '{"city": "', "New", ' York"}', ""]


def test_llama_sends_empty_arguments_before_the_next_call() -> None:
    call = ['{"name": "f"', ', "parameters":', ' {"city":', ' "Ber"', "}}"]
    first = ["name:f", '{"city": "Ber"}']
    assert deltas("llama3_json", [*call, "; ", *call]) == [*first, "", "", *first, ""]


@pytest.mark.parametrize("rest", ['; "parameters"', "; 5", '; {"name": 5}, 1', "; [1]"])
def test_llama_skips_values_that_are_not_calls(rest: str) -> None:
    assert deltas("llama3_json", [*LLAMA, rest, " text"])[0] == NAME


def test_llama_completes_truncated_arguments_in_a_stream() -> None:
    assert deltas("llama3_json", LLAMA[:7], truncated=True) == [NAME, '{"city": "Ber"}']


@pytest.mark.parametrize(("parser", "pieces"), [("hermes", HERMES[:8]), ("llama3_json", LLAMA[:3])])
def test_name_at_the_end_of_a_truncated_stream_gets_empty_arguments(
    parser: str, pieces: list[str]
) -> None:
    assert deltas(parser, pieces, truncated=True)[-1] == f"{NAME}|{{}}"


def test_mistral_streams_the_last_brace_at_the_end() -> None:
    expected = ["Hi", f"{NAME}|{{", '"city"', ': "Ber', 'lin"', "}"]
    assert deltas("mistral", MISTRAL) == expected


@pytest.mark.parametrize(("length", "last"), [(2, "name:|"), (4, f"{NAME}|"), (5, f"{NAME}|{{")])
def test_mistral_sends_truncated_calls(length: int, last: str) -> None:
    assert deltas("mistral", MISTRAL[:length], truncated=True)[-1] == last


def test_qwen_streams_strings_as_they_arrive() -> None:
    text = "".join(deltas("qwen3_coder", QWEN))
    assert deltas("qwen3_coder", QWEN)[:6] == ["Let", " me", NAME, '{"city": "', "Ber", "lin"]
    assert text == f'Let me{NAME}{{"city": "Berlin", "n": 3}}'


def test_qwen_does_not_close_truncated_arguments_in_a_stream() -> None:
    assert deltas("qwen3_coder", QWEN[:8], truncated=True)[-1] == "name:get_|{}"
    text = "".join(deltas("qwen3_coder", QWEN[:15], truncated=True))
    assert text == f'Let me{NAME}{{"city": "Berlin'


def test_qwen_omits_truncated_parameters_in_a_complete_response() -> None:
    assert parse("qwen3_coder", QWEN[:14]).calls[0].arguments == "{}"
    assert parse("qwen3_coder", QWEN[:17]).calls[0].arguments == '{"city": "Berlin"}'


@pytest.mark.parametrize(
    ("parser", "pieces"), [("hermes", HERMES[:11]), ("llama3_json", LLAMA[:8])]
)
def test_truncated_calls_stay_in_the_text(parser: str, pieces: list[str]) -> None:
    assert parse(parser, pieces) == ParsedOutput("".join(pieces))


def test_truncated_call_of_mistral_has_truncated_arguments() -> None:
    parsed = parse("mistral", MISTRAL[:7])
    assert [(call.name, call.arguments) for call in parsed.calls] == [
        ("get_weather", '{"city": "Ber')
    ]


def test_malformed_call_of_hermes_stays_in_the_text_but_is_streamed() -> None:
    pieces = ["<tool_call>{", '"name": "f", "argu', "ments: oops</tool", "_call>."]
    assert parse("hermes", pieces) == ParsedOutput("".join(pieces))
    assert deltas("hermes", pieces) == ["name:f"]


VALUES = st.dictionaries(
    st.sampled_from(["city", "n", "other"]), st.text("ab{}\"'\\ <>/\u00e4\n=", max_size=12)
)


@pytest.mark.parametrize("parser", sorted(TOOL_PARSERS))
@given(arguments=st.lists(VALUES, min_size=1, max_size=3))
def test_rendered_calls_are_parsed_and_streamed(
    parser: str, arguments: list[dict[str, str]]
) -> None:
    if parser == "qwen3_coder":  # its format has no escapes, and trims line breaks
        arguments = [{k: v.strip().replace("<", "") for k, v in a.items()} for a in arguments]
        arguments = [{k: v for k, v in a.items() if k != "n"} for a in arguments]
    calls = [FunctionCall("get_weather", value) for value in arguments]
    text = TOOL_PARSERS[parser].render(calls)
    parsed = TOOL_PARSERS[parser](PARAMETERS, str).parse(text)
    assert [(call.name, call.arguments) for call in parsed.calls] == [
        ("get_weather", dumps(value)) for value in arguments
    ]
    streamed = "".join(deltas(parser, tokens(text))).replace(f"{NAME}|", NAME)
    if parser == "llama3_json":  # never streams empty arguments
        expected = [dumps(value) if value else "" for value in arguments]
    else:
        expected = list(map(dumps, arguments))
    assert streamed.replace("\n", "") == "".join(f"{NAME}{value}" for value in expected)


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


PIECES = sorted(
    {*HERMES, *LLAMA, *MISTRAL, *QWEN, "; ", "{", "}", "</", "[ARGS]", '"parameters": '}
)


@pytest.mark.parametrize("parser", sorted(TOOL_PARSERS))
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_pieces_are_parsed_and_streamed(parser: str, pieces: list[str]) -> None:
    parsed = parse(parser, pieces)
    text = "".join(pieces)
    assert parsed.content is None or text.startswith(parsed.content)
    streamed = "".join(deltas(parser, pieces))
    assert parsed.content is None or not parsed.calls or parsed.content.strip() in streamed
