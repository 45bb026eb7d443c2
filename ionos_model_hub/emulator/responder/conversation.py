"""What a list of chat messages says: the question, what came before, which tools have answered."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ionos_model_hub.emulator.contract import Json


@dataclass(frozen=True, slots=True)
class Call:
    """A tool called with arguments."""

    name: str
    arguments: Json

    def same_as(self, other: "Call") -> bool:
        """Tell whether both call the same tool with the same arguments."""
        return (self.name, self.arguments) == (other.name, other.arguments)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages as seen by the model.

    Attributes:
        question: Text of the last user message (of the last message, where there is none).
        system: Text of all system messages.
        earlier: Texts of the messages before the question, oldest first.
        images: URLs of the images in the last user message.
        called: Tools called since the question.
        results: What they answered, with the tool's name.
    """

    question: str
    system: str
    earlier: tuple[str, ...]
    images: tuple[str, ...]
    called: tuple[Call, ...]
    results: tuple[tuple[str, str], ...]


def read(messages: list[Json]) -> Conversation:
    """Return what messages of a chat request say."""
    asked = max(
        (index for index, message in enumerate(messages) if message["role"] == "user"),
        default=len(messages) - 1,
    )
    since = messages[asked + 1 :]
    calls = [call for message in since for call in message.get("tool_calls", ())]
    names = {call["id"]: call["function"]["name"] for call in calls}
    return Conversation(
        question=text_of(messages[asked]),
        system="\n".join(text_of(m) for m in messages if m["role"] == "system"),
        earlier=tuple(text_of(m) for m in messages[:asked] if m["role"] != "system"),
        images=tuple(image_urls(messages[asked])),
        called=tuple(_call(call["function"]) for call in calls),
        results=tuple(
            (names.get(m["tool_call_id"], "tool"), text_of(m)) for m in since if m["role"] == "tool"
        ),
    )


def text_of(message: Json) -> str:
    """Return the text of a message, its parts joined by line ends."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def image_urls(message: Json) -> Iterator[str]:
    """Yield the URLs of the images in a message."""
    if not isinstance(message["content"], str):
        for part in message["content"]:
            if part["type"] == "image_url":
                yield part["image_url"]["url"]


def _call(function: dict[str, Any]) -> Call:
    try:
        arguments = json.loads(function["arguments"])
    except ValueError:
        arguments = {}
    return Call(function["name"], arguments if isinstance(arguments, dict) else {})
