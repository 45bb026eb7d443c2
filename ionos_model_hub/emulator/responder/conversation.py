"""The parts of a list of chat messages that decide the response."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ionos_model_hub.emulator.engine.parsed import FunctionCall
from ionos_model_hub.emulator.json_type import Json

_SYSTEM_ROLES = ("system", "developer")
_MESSAGE_WITH_STATE = re.compile(r"\ACurrent state:\n.*?\n\nCurrent message:\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Chat messages as seen by the model.

    Attributes:
        question: Text of the last user message (of the last message if there is none).
        system: Text of all system messages.
        earlier: Texts of the messages before the question, oldest first.
        images: URLs of the images in the last user message.
        called: Functions called since the question.
        results: Names and results of the functions that returned since the question.
        answers: Texts of the assistant messages since the question, such as those of other agents.
    """

    question: str
    system: str
    earlier: tuple[str, ...]
    images: tuple[str, ...]
    called: tuple[FunctionCall, ...]
    results: tuple[tuple[str, str], ...]
    answers: tuple[str, ...] = ()


def read_conversation(messages: list[Json]) -> Conversation:
    """Return the parts of the messages of a chat request."""
    question_at = max(
        (index for index, message in enumerate(messages) if message["role"] == "user"),
        default=len(messages) - 1,
    )
    since = messages[question_at + 1 :]
    calls = [call for message in since for call in message.get("tool_calls") or ()]
    names = {call["id"]: call["function"]["name"] for call in calls}
    return Conversation(
        question=question_of(messages[question_at]),
        system="\n".join(text_of(m) for m in messages if m["role"] in _SYSTEM_ROLES),
        earlier=tuple(text_of(m) for m in messages[:question_at] if m["role"] not in _SYSTEM_ROLES),
        images=tuple(image_urls(messages[question_at])),
        called=tuple(_function_call(call["function"]) for call in calls),
        results=tuple(
            (names.get(m.get("tool_call_id"), "tool"), text_of(m))
            for m in since
            if m["role"] == "tool"
        ),
        answers=tuple(text_of(m) for m in since if m["role"] == "assistant" and text_of(m)),
    )


def text_of(message: Json) -> str:
    """Return the text of a message; its parts are joined by newlines."""
    content = message.get("content")
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def question_of(message: Json) -> str:
    """Return the text of a message without the state that workflows of LlamaIndex prepend."""
    return _MESSAGE_WITH_STATE.sub("", text_of(message))


def image_urls(message: Json) -> Iterator[str]:
    """Yield the URLs of the images in a message."""
    if isinstance(message.get("content"), list):
        for part in message["content"]:
            if part["type"] == "image_url":
                yield part["image_url"]["url"]


def _function_call(function: dict[str, Any]) -> FunctionCall:
    try:
        arguments = json.loads(function["arguments"])
    except ValueError:
        arguments = {}
    return FunctionCall(function["name"], arguments if isinstance(arguments, dict) else {})
