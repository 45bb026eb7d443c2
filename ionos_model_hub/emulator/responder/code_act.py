"""Responses to prompts that ask for Python code between `<execute>` tags."""

import ast
import re

from ionos_model_hub.emulator.engine.parsed import FunctionCall
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.responder.conversation import text_of
from ionos_model_hub.emulator.responder.tool_selection import choose_calls
from ionos_model_hub.emulator.responder.tools import Tool
from ionos_model_hub.emulator.text import PARSE_ERRORS

_RESULT_PREFIX = "Result of executing"
_DEFINITION = re.compile(
    r"^(?:async )?def (\w+)(\(.*\)[^\n]*):\n((?:(?!def |async def ).*\n?)*)", re.MULTILINE
)
_JSON_TYPES = {
    "int": "integer",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
}


def code_act_response(messages: list[Json], default: str) -> str | None:
    """Return code that calls the relevant functions, or the output of code that has run.

    Args:
        messages: Messages of the request.
        default: Text to print if no function is relevant.

    Returns:
        The response, or None if the prompt does not ask for code.
    """
    prompts = [
        text_of(message)
        for message in messages
        if "<execute>" in text_of(message) and message["role"] != "assistant"
    ]
    if not prompts:
        return None
    user_texts = [text_of(message) for message in messages if message["role"] == "user"] or [""]
    if user_texts[-1].startswith(_RESULT_PREFIX):
        return " ".join(user_texts[-1].partition(":")[2].split()) or default
    functions = _functions(prompts[-1].rpartition("following functions:")[2])
    calls = choose_calls(functions, user_texts[-1], ())
    lines = [f"print({_expression(call)})" for call in calls] or [f"print({default!r})"]
    return "\n".join(["<execute>", *lines, "</execute>"])


def _functions(text: str) -> list[Tool]:
    return [
        Tool(name, description, _parameters(signature))
        for name, signature, description in _DEFINITION.findall(text)
    ]


def _parameters(signature: str) -> Json:
    try:
        definition = ast.parse(f"def f{signature}: ...").body[0]
    except PARSE_ERRORS:
        return {}
    if not isinstance(definition, ast.FunctionDef):
        return {}
    arguments = definition.args.args
    names = [argument.arg for argument in arguments]
    types = [ast.unparse(argument.annotation or ast.Constant("")) for argument in arguments]
    return {
        "type": "object",
        "properties": {
            name: {"type": _JSON_TYPES[type_name]} if type_name in _JSON_TYPES else {}
            for name, type_name in zip(names, types, strict=True)
        },
        "required": names[: len(names) - len(definition.args.defaults)],
    }


def _expression(call: FunctionCall) -> str:
    arguments = ", ".join(f"{key}={value!r}" for key, value in call.arguments.items())
    return f"{call.name}({arguments})"
