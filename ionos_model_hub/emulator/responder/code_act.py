"""Agents that answer with Python code between `<execute>` tags."""

import ast
import re

from ionos_model_hub.emulator.contract import Json
from ionos_model_hub.emulator.responder.conversation import Call, text_of
from ionos_model_hub.emulator.responder.tools import Tool, choose_calls

_RESULT = "Result of executing"
_DEFINITION = re.compile(
    r"^(?:async )?def (\w+)(\(.*\)[^\n]*):\n((?:(?!def |async def ).*\n?)*)", re.MULTILINE
)
_TYPES = {
    "int": "integer",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
}


def reply(messages: list[Json], answer: str) -> str | None:
    """Return code that calls the functions the question asks for, or what that code has printed.

    None is returned where the prompt asks for no code.

    Args:
        messages: Messages of the request.
        answer: What to print where no function helps.

    Raises:
        UnsatisfiableError: No arguments fit a function.
    """
    rules = [text_of(m) for m in messages if "<execute>" in text_of(m) and m["role"] != "assistant"]
    if not rules:
        return None
    said = [text_of(message) for message in messages if message["role"] == "user"] or [""]
    if said[-1].startswith(_RESULT):
        return " ".join(said[-1].partition(":")[2].split()) or answer
    functions = _functions(rules[-1].rpartition("following functions:")[2])
    calls = choose_calls(functions, said[-1], ())
    lines = [f"print({_expression(call)})" for call in calls] or [f"print({answer!r})"]
    return "\n".join(["<execute>", *lines, "</execute>"])


def _functions(text: str) -> list[Tool]:
    return [
        Tool(name, about, _parameters(signature))
        for name, signature, about in _DEFINITION.findall(text)
    ]


def _parameters(signature: str) -> Json:
    definition = ast.parse(f"def f{signature}: ...").body[0]
    if not isinstance(definition, ast.FunctionDef):
        return {}
    arguments = definition.args.args
    names = [argument.arg for argument in arguments]
    kinds = [ast.unparse(argument.annotation or ast.Constant("")) for argument in arguments]
    return {
        "type": "object",
        "properties": {
            name: {"type": _TYPES[kind]} if kind in _TYPES else {}
            for name, kind in zip(names, kinds, strict=True)
        },
        "required": names[: len(names) - len(definition.args.defaults)],
    }


def _expression(call: Call) -> str:
    return f"{call.name}({', '.join(f'{key}={value!r}' for key, value in call.arguments.items())})"
