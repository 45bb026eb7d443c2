"""Messages of a conversation, as the page shows them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ionos_model_hub.emulator.page.json_text import as_dict, as_list, as_text, pretty_json, shorten

# Only these are shown as images; the browser never loads one from elsewhere.
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")

IMAGE_FIELDS = ("image", "mask", "url")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call.

    Attributes:
        name: Name of the function.
        arguments: Arguments, as indented JSON if they are valid.
        id: Id of the call, or an empty string.
    """

    name: str
    arguments: str
    id: str = ""

    @property
    def preview(self) -> str:
        """The call in one line."""
        return f"{self.name}({shorten(self.arguments, 100)})"


@dataclass(frozen=True, slots=True)
class Message:
    """A message, or a text that is shown like one.

    Attributes:
        role: Role of the author.
        text: Text of all parts.
        reasoning: Reasoning, or an empty string.
        images: Images as data URLs.
        calls: Tool calls.
        call_id: Id of the tool call that the message is the result of.
        finish_reason: Finish reason of a generated message, or an empty string.
    """

    role: str
    text: str = ""
    reasoning: str = ""
    images: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    finish_reason: str = ""

    @property
    def preview(self) -> str:
        """The text, the first tool calls or the reasoning."""
        calls = ", ".join(call.preview for call in self.calls)
        image = f"{len(self.images)} image(s)" if self.images else ""
        return self.text.strip() or calls or self.reasoning or image


@dataclass(slots=True)
class _Parts:
    texts: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)


def parse_message(value: object, finish_reason: object = None) -> Message:
    """Return a message of a request or of a response; any JSON value is accepted."""
    if not isinstance(value, dict):
        return Message("invalid", as_text(value))
    parts = _parse_content(value.get("content"))
    reasoning = value.get("reasoning_content") or value.get("reasoning") or ""
    refusal = value.get("refusal")
    return Message(
        role=as_text(value.get("role", "unknown")),
        text="\n".join([*parts.texts, *([as_text(refusal)] if refusal else [])]),
        reasoning=as_text(reasoning),
        images=tuple(parts.images),
        calls=tuple(parse_call(call) for call in as_list(value.get("tool_calls"))),
        call_id=as_text(value.get("tool_call_id") or ""),
        finish_reason=as_text(finish_reason or ""),
    )


def parse_call(value: object) -> ToolCall:
    """Return a tool call of a message; any JSON value is accepted."""
    call = as_dict(value)
    function = as_dict(call.get("function"))
    arguments = as_text(function.get("arguments", ""))
    name = as_text(function.get("name") or as_text(value))
    return ToolCall(name, pretty_json(arguments), as_text(call.get("id") or ""))


def _parse_content(content: object) -> _Parts:
    parts = _Parts()
    for item in content if isinstance(content, list) else [content]:
        if item is None or item == "":
            continue
        image = _image_of(item)
        if image:
            parts.images.append(image)
        else:
            parts.texts.append(_text_of(item))
    return parts


def _text_of(item: object) -> str:
    text = as_dict(item).get("text")
    return text if isinstance(text, str) else as_text(item)


def _image_of(item: object) -> str | None:
    source = as_dict(item).get("image_url")
    url = source.get("url") if isinstance(source, dict) else source
    return url if isinstance(url, str) and _DATA_IMAGE.fullmatch(url) else None


def request_messages(body: object) -> list[Message]:
    """Return the conversation of a request, or its prompts, inputs or documents."""
    fields = as_dict(body)
    return [
        *(parse_message(message) for message in as_list(fields.get("messages"))),
        *_texts(fields, "prompt", "input", "query", "documents"),
        *_images(fields, *IMAGE_FIELDS),
    ]


def _images(fields: dict[str, object], *names: str) -> Iterator[Message]:
    """Yield the images of a request to edit an image; those at other addresses as text."""
    for name in names:
        if name in fields:
            image = _image_of({"image_url": fields[name]})
            images = (image,) if image else ()
            yield Message(name, "" if image else as_text(fields[name]), images=images)


def _texts(fields: dict[str, object], *names: str) -> Iterator[Message]:
    for name in names:
        value = fields.get(name)
        items = value if isinstance(value, list) and not _is_numbers(value) else [value]
        for number, item in enumerate(items if name in fields else [], 1):
            role = f"{name.removesuffix('s')} {number}" if len(items) > 1 else name
            yield Message(role, _text_of(item))


def _is_numbers(value: list[object]) -> bool:
    return bool(value) and all(isinstance(item, int | float) for item in value)
