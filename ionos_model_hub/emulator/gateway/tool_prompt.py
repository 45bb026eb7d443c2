"""Conversations with tools as plain text, for engines without a tool parser."""

import json
from collections import Counter
from collections.abc import Sequence

from ionos_model_hub.emulator.gateway.tool_schema import message_schema
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.responder.conversation import text_of

_INSTRUCTION = """You can call these functions:
{functions}
Write JSON only.
To call functions, write {{"tool_calls": [{{"name": NAME, "arguments": OBJECT}}]}}.
To reply, for example with the result of a call, write {{"message": TEXT}}."""
_AFTER_RESULT = "Answer the question with this result in a message, or call another function."
_MAX_EQUAL_CALLS = 2
_TOOL_FIELDS = ("tools", "tool_choice", "parallel_tool_calls", "logprobs", "top_logprobs")


def without_tools(body: Json) -> Json:
    """Return a request that asks for tool calls through its response format instead of `tools`.

    Without tools, only the calls and results in the conversation are rewritten.
    """
    tools = body.get("tools")
    rest = {name: value for name, value in body.items() if name not in _TOOL_FIELDS}
    if not tools or body.get("tool_choice") == "none":
        return {**rest, "messages": plain_messages(body["messages"], as_json=False)}
    schema = message_schema(
        tools,
        body.get("tool_choice"),
        with_calls=not _repeats_calls(body["messages"]),
        single_call=body.get("parallel_tool_calls") is False,
        answer=_answer_schema(body.get("response_format")),
    )
    wrapper = {"name": "message", "schema": schema, "strict": True}
    messages = plain_messages(body["messages"], as_json=True)
    if body["messages"][-1]["role"] == "tool":
        _append_user_text(messages, _AFTER_RESULT)
    return {
        **rest,
        "messages": _with_instruction(messages, tools),
        "response_format": {"type": "json_schema", "json_schema": wrapper},
    }


def _repeats_calls(messages: Sequence[Json]) -> bool:
    """Return whether the model calls a function again and again since the last user message."""
    counts: Counter[str] = Counter()
    for message in messages:
        if message["role"] == "user":
            counts.clear()
        counts.update(json.dumps(call["function"]) for call in message.get("tool_calls") or ())
    return any(count >= _MAX_EQUAL_CALLS for count in counts.values())


def _answer_schema(response_format: Json | None) -> Json | None:
    if not response_format:
        return None
    if response_format["type"] == "json_object":
        return {"type": "object"}
    wrapper = response_format.get("json_schema") or {}
    schema: Json | None = wrapper.get("schema")
    return schema


def plain_messages(messages: Sequence[Json], *, as_json: bool) -> list[Json]:
    """Return messages without tool calls and results: both become JSON or text.

    Args:
        messages: Messages of a chat request.
        as_json: Whether the model writes its texts as JSON as well.
    """
    plain: list[Json] = []
    names: dict[str, str] = {}
    for message in messages:
        calls = message.get("tool_calls") or ()
        names |= {call["id"]: call["function"]["name"] for call in calls}
        if message["role"] == "tool":
            name = names.get(message.get("tool_call_id", ""), "the function")
            _append_user_text(plain, f"Result of {name}: {text_of(message)}")
        elif message["role"] == "assistant":
            plain.append(
                {"role": "assistant", "content": _written(message, calls, as_json=as_json)}
            )
        elif message["role"] == "user" and isinstance(message.get("content"), str):
            _append_user_text(plain, message["content"])
        else:
            plain.append(message)
    return plain


def _append_user_text(messages: list[Json], text: str) -> None:
    """Append a text of the user; to the last message, since roles must alternate."""
    last = messages[-1] if messages else {}
    if last.get("role") == "user" and isinstance(last.get("content"), str):
        messages[-1] = {**last, "content": f"{last['content']}\n{text}"}
    else:
        messages.append({"role": "user", "content": text})


def _written(message: Json, calls: Sequence[Json], *, as_json: bool) -> str:
    """Return a message of the model as it would have written it."""
    if not calls:
        text = text_of(message)
        return json.dumps({"message": text}, ensure_ascii=False) if as_json else text
    written = [
        {"name": call["function"]["name"], "arguments": _parse(call["function"]["arguments"])}
        for call in calls
    ]
    return json.dumps({"tool_calls": written}, ensure_ascii=False)


def _parse(arguments: str) -> object:
    try:
        parsed: object = json.loads(arguments)
    except ValueError:
        return arguments
    return parsed


def _with_instruction(messages: list[Json], tools: Sequence[Json]) -> list[Json]:
    functions = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in tools)
    instruction = _INSTRUCTION.format(functions=functions)
    if messages and messages[0]["role"] == "system":
        text = f"{text_of(messages[0])}\n\n{instruction}"
        return [{**messages[0], "content": text}, *messages[1:]]
    return [{"role": "system", "content": instruction}, *messages]
