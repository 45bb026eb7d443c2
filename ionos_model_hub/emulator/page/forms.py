"""Forms that script replies and faults, and the list of those that are waiting."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import get_args

from ionos_model_hub.emulator.endpoint_paths import Endpoint
from ionos_model_hub.emulator.page.faults import FAULTS
from ionos_model_hub.emulator.page.json_text import shorten
from ionos_model_hub.emulator.script import Call, Reply
from ionos_model_hub.emulator.script_file import parse_script
from ionos_model_hub.emulator.script_queue import ReplyFunction, ScriptQueue

_MAX_LABEL_LENGTH = 120

ENDPOINTS: tuple[Endpoint, ...] = get_args(Endpoint)
KINDS = {"text": "Text", "tool": "Tool call", "json": "JSON", "script": "YAML"}
Form = Mapping[str, str]


class FormError(ValueError):
    """A form has an invalid field; the message is shown to the user."""


def fault_of(form: Form) -> Reply:
    """Return the fault that a form selects.

    Raises:
        FormError: A field is invalid.
    """
    fault = FAULTS.get(form.get("fault", ""))
    endpoint = next((name for name in ENDPOINTS if name == form.get("endpoint")), None)
    times = form.get("times", "1")
    if fault is None or times not in ("", "1", "3"):
        raise FormError("Select one of the faults of the page.")
    times_or_all = int(times) if times else None
    return Reply(**fault.arguments, endpoint=endpoint, times=times_or_all)


def replies_of(form: Form) -> list[Reply]:
    """Return the replies that a form describes.

    Raises:
        FormError: A field is invalid.
    """
    make = _MAKERS.get(form.get("kind", ""))
    if make is None:
        raise FormError("Select the kind of the reply.")
    try:
        return make(form)
    except ValueError as error:  # of Reply, json and the script parser
        raise FormError(str(error)) from None


def _text_reply(form: Form) -> list[Reply]:
    content = form.get("content", "")
    if not content.strip():
        raise FormError("Enter the text of the reply.")
    return [Reply(text=content, contains=_condition(form))]


def _tool_reply(form: Form) -> list[Reply]:
    name = form.get("tool", "").strip()
    if not name:
        raise FormError("Enter the name of the tool.")
    arguments = _parse_json(form.get("content", "").strip() or "{}", "the arguments")
    if not isinstance(arguments, dict):
        raise FormError('Enter the arguments as a JSON object, such as {"city": "Berlin"}.')
    call = Call(name, **arguments)
    return [Reply(tool_calls=[call], contains=_condition(form))]


def _json_reply(form: Form) -> list[Reply]:
    value = _parse_json(form.get("content", ""), "the reply")
    return [Reply(structured=value, contains=_condition(form))]


def _script_replies(form: Form) -> list[Reply]:
    return parse_script(form.get("content", ""), "the script", "yaml")


_MAKERS: Mapping[str, Callable[[Form], list[Reply]]] = {
    "text": _text_reply,
    "tool": _tool_reply,
    "json": _json_reply,
    "script": _script_replies,
}


def _condition(form: Form) -> str | None:
    return form.get("condition", "").strip() or None


def _parse_json(text: str, name: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormError(f"Enter {name} as valid JSON: {error}.") from None


@dataclass(frozen=True, slots=True)
class WaitingReply:
    """A reply or a fault that has not been sent yet.

    Attributes:
        source: `scripted` or `fault`.
        label: Description.
        left: Number of requests that get it, in words.
    """

    source: str
    label: str
    left: str


def waiting_replies(faults: ScriptQueue, script: ScriptQueue) -> list[WaitingReply]:
    """Return the replies that have not been sent yet, faults first."""
    return [
        WaitingReply(source, _label(reply), "" if left == 1 else f"{left or 'all'} requests")
        for source, queue in (("fault", faults), ("scripted", script))
        for reply, left in queue.pending
    ]


def _label(reply: Reply | ReplyFunction) -> str:
    if not isinstance(reply, Reply):
        return f"function {getattr(reply, '__name__', '')}".strip()
    shown = {
        field.name: getattr(reply, field.name)
        for field in fields(reply)
        if field.name not in ("headers", "times") and getattr(reply, field.name) != field.default
    }
    texts = (f"{name} {_value(value)}" for name, value in shown.items())
    return shorten(", ".join(texts), _MAX_LABEL_LENGTH) or "default response"


def _value(value: object) -> str:
    if isinstance(value, list) and all(isinstance(item, Call) for item in value):
        return ", ".join(f"{call.name}({json.dumps(call.arguments)})" for call in value)
    return str(value)
