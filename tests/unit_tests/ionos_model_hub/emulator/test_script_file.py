"""Scripts in YAML and JSON: the vocabulary of `Reply`, and errors that name the place."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ionos_model_hub.emulator import Call, Reply, load_script
from ionos_model_hub.emulator.script_file import ScriptError, parse_script

SCRIPT = """
replies:
  # the agent looks up the weather, then responds
  - tool_calls:
      - name: get_weather
        arguments: {city: Köln, name: x}
    contains: weather
  - {text: [It is, " sunny."], times: null, chunk_delay: 0.1}
  - error: rate_limited
    retry_after: 2
    endpoint: embeddings
    fields: {input: [a]}
"""
REPLIES = [
    Reply(tool_calls=[Call("get_weather", city="Köln", name="x")], contains="weather"),
    Reply(text=["It is", " sunny."], times=None, chunk_delay=0.1),
    Reply(error="rate_limited", retry_after=2, endpoint="embeddings", fields={"input": ["a"]}),
]
EXAMPLES: dict[str, Any] = {
    "status": 201,
    "headers": {"x-a": "1"},
    "json": {"a": None},
    "body": "text",
    "stream": [{"a": 1}, ": raw\n\n"],
    "done": False,
    "text": "a",
    "tool_calls": [{"name": "f"}],
    "reasoning": "a",
    "refusal": "a",
    "structured": [1],
    "generated": [["a", "b"]],
    "finish_reason": "length",
    "usage": {"prompt_tokens": 1},
    "embeddings": [[1, 0.5]],
    "scores": [1],
    "images": ["cG5n"],
    "error": "timeout",
    "retry_after": 1,
    "endpoint": "chat",
    "model": "a",
    "contains": "a",
    "fields": {"seed": 1},
    "times": 2,
    "probability": 0.5,
    "delay": 1,
    "first_chunk_delay": 1,
    "chunk_delay": 1,
    "chunk_bytes": [1, 2],
    "stall_after": "head",
    "disconnect_after": 1,
    "reset_after": 0,
}
CONTEXT: dict[str, dict[str, Any]] = {
    "status": {"json": {}},
    "done": {"stream": []},
    "finish_reason": {"text": "a"},
    "usage": {"text": "a"},
    "retry_after": {"error": "overloaded"},
}


def test_yaml_and_json_give_the_same_replies_as_python(tmp_path: Path) -> None:
    as_yaml, as_json = tmp_path / "script.yaml", tmp_path / "script.json"
    as_yaml.write_text(SCRIPT, "utf-8")
    as_json.write_text(json.dumps(yaml.safe_load(SCRIPT)), "utf-8")
    assert load_script(as_yaml) == load_script(str(as_json)) == REPLIES


def test_every_argument_except_functions_is_available() -> None:
    assert {*EXAMPLES, "when"} == {field.name for field in dataclasses.fields(Reply)}
    for name, value in EXAMPLES.items():
        document = json.dumps([{name: value, **CONTEXT.get(name, {})}])
        (reply,) = parse_script(document, "a", "json")
        assert getattr(reply, name) is not None


def test_binary_contents() -> None:
    document = '[{"images": ["cG5n"]}, {"body": "ä"}, {"stream": [": a\\n\\n"]}]'
    images, body, stream = parse_script(document, "a", "json")
    assert (images.images, body.body, stream.stream) == ([b"png"], "ä".encode(), [b": a\n\n"])


def test_dates_in_yaml_are_strings() -> None:
    (reply,) = parse_script("- json: {day: 2024-05-01, time: 2024-05-01T10:00:00Z}", "a", "yaml")
    assert reply.json == {"day": "2024-05-01", "time": "2024-05-01T10:00:00Z"}


@pytest.mark.parametrize("value", ["!!set {a}", "!!binary cG5n", "!!timestamp 2024-05-01", ".nan"])
def test_values_that_json_does_not_have_are_rejected(value: str) -> None:
    with pytest.raises(ScriptError, match="json contains a value that JSON does not have"):
        parse_script(f"- json: {{a: {value}}}", "a", "yaml")


def test_surrogate_pairs_in_json() -> None:
    (reply,) = parse_script(rb'[{"text": "\ud83d\ude00"}]', "a", "json")
    assert reply.text == "😀"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("- text: a\n- texts: b", r"^s, line 2: \[1\].texts: unknown field; did you mean 'text'"),
        ("- bogus: b", r"line 1: \[0\].bogus: unknown field; fields: body, chunk_bytes, chunk_del"),
        ("- when: b", "functions are available only in Python"),
        ("replies: [\n{text: 1}]", r"^s, line 2: replies\[0\].text: .*valid string, got 1"),
        ("replies: []\nfaults: []", "^s, line 2: faults: unknown"),
        ("- text: a\n  error: timeout", r"^s, line 1: \[0\]: Reply accepts only one of text, err"),
        ("- tool_calls:\n  - name: f\n    args: {}", r"line 3: \[0\].tool_calls\[0\].args: "),
        ("- images: ['%']", r"\[0\].images\[0\]: .*expected base64"),
        ("- embeddings: [[a]]", r"\[0\].embeddings\[0\]\[0\]: .*valid number, got 'a'"),
        ("- times: '2'", r"\[0\].times: .*valid integer"),
        ("text", "^s, line 1: expected a list of replies"),
        ("", "^s: expected a list of replies"),
        ("- text", r"\[0\]: expected a mapping with the arguments of Reply, got 'text'"),
        ("- [", "^s is not valid YAML: while parsing a flow node"),
        ("- &a {text: a}\n- *a", r"aliases such as \*a are not supported"),
    ],
)
def test_errors_name_line_and_field(script: str, message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        parse_script(script, "s", "yaml")


@pytest.mark.parametrize("content", [b"\xff", b"[" * 100_000, b"[{]", b""])
def test_invalid_json(content: bytes) -> None:
    with pytest.raises(ScriptError, match="s is not valid JSON"):
        parse_script(content, "s", "json")


def test_line_of_an_error_in_json() -> None:
    script = '{"replies": [\n{"text": "a"},\n{"delay": -1}]}'
    with pytest.raises(ScriptError, match=r"^s, line 3: replies\[1\]: delay must be a number"):
        parse_script(script, "s", "json")
