"""Tool calls recorded from vLLM 0.32.0 with three of its tool parsers: which of them may run."""

import json
from pathlib import Path
from typing import Any

import pytest

from ionos_model_hub.wire.assembly import DONE, ChatAssembler
from ionos_model_hub.wire.response_types import ChatCompletion
from ionos_model_hub.wire.tool_calls import (
    CUT_OFF,
    LEFT_IN_TEXT,
    NOT_AN_OBJECT,
    parse_arguments,
)

DATA = Path(__file__).parents[3] / "data" / "vllm_0.32.0_tool_calls.json"
RECORDINGS: dict[tuple[str, str], dict[str, Any]] = {
    (recording["name"], recording["parser"]): recording
    for recording in json.loads(DATA.read_text("utf-8"))
}
BERLIN = ("get_weather", {"city": "Berlin"}, None)
MUNSTER = ("get_time", {"city": "Münster ä 🚢"}, None)

# The expected calls of each recording: name, arguments, error.
OUTCOMES: dict[tuple[str, str], list[tuple[str, dict[str, Any] | None, str | None]]] = {
    ("tools auto stream", "hermes"): [BERLIN],
    ("tools auto parallel", "hermes"): [BERLIN, MUNSTER],
    ("tools junk stream", "hermes"): [("get_weather", None, NOT_AN_OBJECT)],
    ("tool without parameters required", "hermes"): [("now", {}, None)],
    ("tool without parameters named", "hermes"): [("now", {}, None)],
    ("tool parameters no schema", "hermes"): [("f", {}, None)],
    ("tools auto stream", "llama3_json"): [BERLIN],
    ("tools auto parallel", "llama3_json"): [BERLIN, MUNSTER],
    ("tools required cut", "llama3_json"): [BERLIN],
    ("tools named cut", "llama3_json"): [("get_weather", None, CUT_OFF)],
    ("tools junk", "llama3_json"): [("get_weather", None, LEFT_IN_TEXT)],
    ("tools junk stream", "llama3_json"): [("get_weather", None, LEFT_IN_TEXT)],
    ("tool without parameters required", "llama3_json"): [("now", {}, None)],
    ("tools required", "qwen3_coder"): [("get_time", {}, CUT_OFF)],
    ("tools required cut", "qwen3_coder"): [],
    ("tools required cut stream", "qwen3_coder"): [("ge", {}, CUT_OFF)],
    ("tools named stream", "qwen3_coder"): [("get_weather", {}, CUT_OFF)],
    ("tool without parameters required", "qwen3_coder"): [("now", {}, None)],
    ("tool parameters no schema", "qwen3_coder"): [("f", {}, None)],
}


def assemble(recording: dict[str, Any]) -> ChatCompletion:
    """Return the response of a recording, streamed or not."""
    assembler = ChatAssembler("m", tools=recording["tools"])
    if "body" in recording:
        return assembler.parse_body(recording["body"])
    for event in recording["events"]:
        assembler.feed(json.dumps(event))
    assembler.feed(DONE)
    return assembler.finish()[1]


@pytest.mark.parametrize("key", OUTCOMES, ids=", ".join)
def test_which_recorded_calls_may_run(key: tuple[str, str]) -> None:
    recording = RECORDINGS[key]
    calls = [
        (call.name, parse_arguments(call.arguments, recording["tools"].get(call.name)), call.error)
        for call in assemble(recording).message.tool_calls
    ]
    assert calls == OUTCOMES[key]


@pytest.mark.parametrize("key", RECORDINGS, ids=", ".join)
def test_calls_without_an_error_have_arguments_that_fit(key: tuple[str, str]) -> None:
    tools = RECORDINGS[key]["tools"]
    for call in assemble(RECORDINGS[key]).message.tool_calls:
        arguments = parse_arguments(call.arguments, tools.get(call.name))
        if call.error is None:
            assert arguments is not None
            assert arguments.keys() >= set(tools[call.name].get("required", ()))
