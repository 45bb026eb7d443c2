"""Any arguments of tool calls are parsed or rejected, and can be sent in a history."""

import json
from typing import Any

from fuzz.draw import Draw
from fuzz.vocabulary import ARGUMENTS, TOOLS

from ionos_model_hub.wire.response_types import ToolCall
from ionos_model_hub.wire.tool_calls import (
    call_error,
    declares_parameters,
    history_arguments,
    parse_arguments,
)

WORDS = (
    *("type", "object", "properties", "required", "a", "$ref", "#/$defs/a", "$defs", "#"),
    *("additionalProperties", "patternProperties", "anyOf", "allOf"),
)


def check(data: bytes) -> None:
    draw = Draw(data)
    schema: dict[str, Any] = draw.object(WORDS)
    texts = [draw.text(ARGUMENTS) for _ in range(draw.below(6))]
    check_call("".join(texts), schema, draw)
    check_history("".join(texts))


def check_call(text: str, schema: dict[str, Any], draw: Draw) -> None:
    arguments = parse_arguments(text, schema)
    assert arguments is None or isinstance(arguments, dict)
    if not text.strip():
        assert (arguments is None) == declares_parameters(schema)
    call = ToolCall("1", draw.one_of((*TOOLS, "ad", "")), text)
    is_last, reason = draw.yes(), draw.one_of(("stop", "length", None))
    error = call_error(call, {"add": schema, "now": {}}, is_last=is_last, finish_reason=reason)
    if error is None:
        assert parse_arguments(text, schema if call.name == "add" else None) is not None


def check_history(text: str) -> None:
    sent = history_arguments(text)
    assert isinstance(json.loads(sent), dict)
    sent.encode("utf-8")
    assert history_arguments(sent) == sent
