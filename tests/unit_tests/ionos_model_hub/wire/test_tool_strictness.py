"""Tools are strict by default if the engine would otherwise not check or not allow their calls."""

import pytest

from ionos_model_hub.wire.tool_strictness import needs_strict_tools

NAMED = {"type": "function", "function": {"name": "add"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}


@pytest.mark.parametrize(
    ("choice", "response_format", "expected"),
    [
        (None, None, False),
        ("auto", None, False),
        ("none", None, False),
        ("required", None, True),
        (NAMED, None, True),
        (None, SCHEMA, True),
        ("auto", {"type": "json_object"}, True),
        ("auto", {"type": "text"}, False),
        (None, dict, True),
        ("none", SCHEMA, False),
        ("required", SCHEMA, True),
    ],
)
def test_needs_strict_tools(choice: object, response_format: object, expected: bool) -> None:
    assert needs_strict_tools(choice, response_format) is expected
