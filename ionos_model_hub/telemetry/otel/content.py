"""Prompts and responses as JSON, in the form of the semantic conventions.

Only used if the user asks for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ionos_model_hub.wire.response_types import ChatCompletion, Completion, Message

Part = dict[str, Any]


def input_messages(body: Mapping[str, object]) -> str | None:
    """Return the prompt of a chat, completion or image request, else None.

    Example:
        >>> input_messages({"prompt": "A lake"})
        '[{"role": "user", "parts": [{"type": "text", "content": "A lake"}]}]'
    """
    messages = body.get("messages")
    if isinstance(messages, list | tuple):
        return _dump([_input_message(message) for message in messages])
    prompt = body.get("prompt")
    return _dump([{"role": "user", "parts": [_text(prompt)]}]) if prompt is not None else None


def output_messages(response: object) -> str | None:
    """Return the choices of a response, or None if it has none."""
    if isinstance(response, ChatCompletion):
        messages = [
            _output_message(list(_output_parts(choice.message)), choice.finish_reason)
            for choice in response.choices
        ]
    elif isinstance(response, Completion):
        messages = [
            _output_message([_text(choice.text)], choice.finish_reason)
            for choice in response.choices
        ]
    else:
        return None
    return _dump(messages) if messages else None


def _input_message(message: Mapping[str, Any]) -> Part:
    role, content = str(message.get("role", "")), message.get("content")
    if role == "tool":
        response = {"type": "tool_call_response", "id": message.get("tool_call_id")}
        return {"role": role, "parts": [{**response, "response": content}]}
    parts = [_text(content)] if isinstance(content, str) else list(map(_part, content or ()))
    parts += [_tool_call(call) for call in message.get("tool_calls") or ()]
    return {"role": role, "parts": parts}


def _part(part: Mapping[str, Any]) -> Part:
    """Return a part of a message; the data of images is left out."""
    if part.get("type") == "text":
        return _text(part.get("text"))
    url = str((part.get("image_url") or {}).get("url", ""))
    if url.startswith("data:"):
        return {"type": "image", "mime_type": url[5:].partition(";")[0]}
    return {"type": "uri", "modality": "image", "uri": url}


def _tool_call(call: Mapping[str, Any]) -> Part:
    function = call.get("function") or {}
    return {
        "type": "tool_call",
        "id": call.get("id"),
        "name": function.get("name"),
        "arguments": function.get("arguments"),
    }


def _output_parts(message: Message) -> Iterator[Part]:
    if message.reasoning:
        yield {"type": "reasoning", "content": message.reasoning}
    if text := message.content + message.refusal:
        yield _text(text)
    for call in message.tool_calls:
        arguments = {"name": call.name, "arguments": call.arguments}
        yield {"type": "tool_call", "id": call.id, **arguments}


def _output_message(parts: list[Part], finish_reason: str | None) -> Part:
    return {"role": "assistant", "parts": parts, "finish_reason": finish_reason or ""}


def _text(text: object) -> Part:
    return {"type": "text", "content": text}


def _dump(messages: list[Part]) -> str:
    text = json.dumps(messages, default=str, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()  # exporters cannot encode lone surrogates
