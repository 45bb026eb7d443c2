"""Tool calls in XML: `<function=name>` with a `<parameter=name>` for each argument."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ionos_model_hub.emulator.engine.parsed import (
    FunctionCall,
    ParsedOutput,
    ToolCall,
    call_arguments,
    call_start,
    partial_overlap,
)
from ionos_model_hub.emulator.engine.tool_parsers.base import ToolParser
from ionos_model_hub.emulator.json_type import Json

_START, _END = "<tool_call>", "</tool_call>"
_FUNCTION, _FUNCTION_END = "<function=", "</function>"
_PARAMETER = re.compile(
    r"<parameter=([^>]*)>(.*?)(?:</parameter>|(?=<parameter=))|<parameter=([^>]+)>(.*)\Z", re.DOTALL
)
_PARAMETER_END = "</parameter>"
_INCOMPLETE_PARAMETER = re.compile(
    r"<parameter=([^>]+)>((?:(?!</parameter>|<parameter=).)*)\Z", re.DOTALL
)
# Calls, the last one maybe incomplete: everything but the content.
_CALLS = re.compile(rf"{_START}.*?(?:{_END}|\Z)|{_FUNCTION}.*?(?:{_FUNCTION_END}|\Z)", re.DOTALL)


class Qwen3CoderParser(ToolParser):
    """vLLM's tool parser `qwen3_coder`; arguments are converted to the types of the schema."""

    separates_markup = True

    @staticmethod
    def render(calls: Sequence[FunctionCall]) -> str:
        """Return the text that a model generates for calls."""
        return "\n".join(map(_render_call, calls))

    def parse(self, text: str) -> ParsedOutput:
        """Parse a complete text."""
        content = re.split(f"{_START}|{_FUNCTION}", text, maxsplit=1)[0]
        named = [(name, body) for name, body, _ in _bodies(text) if name]
        calls = tuple(
            ToolCall(self.make_id(index), name, self.arguments(name, body))
            for index, (name, body) in enumerate(named)
        )
        return ParsedOutput((content.rstrip() if calls else content) or None, calls)

    def arguments(self, name: str, body: str, *, partial: bool = False) -> str:
        """Return the arguments as JSON; only complete parameters unless `partial`."""
        properties = self.parameters.get(name, {}).get("properties", {})
        values: Json = {}
        for match in _PARAMETER.finditer(body):
            if match[1] is not None:
                values[match[1]] = _convert(match[2], properties.get(match[1]))
            elif partial and _is_string(properties.get(match[3])):
                values[match[3]] = _trim(match[4])
        return json.dumps(values, ensure_ascii=False)

    def open_arguments(self, name: str, body: str, parameter: re.Match[str]) -> str:
        """Return the JSON up to the end of an incomplete parameter after a complete body."""
        key, value = parameter.groups()
        properties = self.parameters.get(name, {}).get("properties", {})
        start = self.arguments(name, body).removesuffix("}")
        separator = "" if start == "{" else ", "
        text = ""
        if _is_string(properties.get(key)):
            text = json.dumps(_trim(value), ensure_ascii=False).removesuffix('"')
        return f"{start}{separator}{json.dumps(key, ensure_ascii=False)}: {text}"

    def stream(self) -> "_Qwen3CoderStream":
        """Return a parser for one streamed text."""
        return _Qwen3CoderStream(self)


def _render_call(call: FunctionCall) -> str:
    parameters = "".join(
        f"<parameter={name}>\n{_render_value(value)}\n</parameter>\n"
        for name, value in call.arguments.items()
    )
    return f"{_START}\n{_FUNCTION}{call.name}>\n{parameters}{_FUNCTION_END}\n{_END}"


def _render_value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bodies(text: str) -> Iterator[tuple[str, str, bool]]:
    """Yield name and body of each call, and whether the body is complete."""
    for part in text.split(_FUNCTION)[1:]:
        name, closing, rest = part.partition(">")
        body, end, _ = rest.partition(_FUNCTION_END)
        yield name.strip(), body if closing else "", bool(end)


def _trim(value: str) -> str:
    return value.removeprefix("\n").removesuffix("\n")


def _is_string(schema: Any) -> bool:
    return not isinstance(schema, dict) or schema.get("type", "string") == "string"


def _convert(value: str, schema: Any) -> Any:
    text = _trim(value)
    if _is_string(schema):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


class _Qwen3CoderStream:
    """Sends the name after `>`, strings as they arrive, and other values when complete."""

    def __init__(self, parser: Qwen3CoderParser) -> None:
        self._parser = parser
        self._text = ""
        self._content_sent = 0
        self._sent: list[str] = []

    def feed(self, piece: str, *, finished: bool) -> Json | None:
        self._text += piece
        delta: Json = {}
        if content := self._next_content(finished):
            delta["content"] = content
        if calls := list(self._next_calls(finished)):
            delta["tool_calls"] = calls
        return delta or None

    def _next_content(self, finished: bool) -> str:
        content = _CALLS.sub("", self._text)
        if self._sent and not content.strip():
            return ""  # line breaks between calls
        if not finished:
            held_back = max(partial_overlap(content, marker) for marker in (_START, _FUNCTION))
            content = content[: len(content) - held_back]
        new = content[self._content_sent :]
        self._content_sent = max(self._content_sent, len(content))
        return new

    def _next_calls(self, finished: bool) -> Iterator[Json]:
        for index, (name, body, is_complete) in enumerate(_bodies(self._text)):
            is_last = finished and not is_complete
            if index == len(self._sent):
                if not name or (not body and not is_complete and not is_last):
                    return
                function: Json = {"name": name}
                self._sent.append("")
                arguments = self._arguments(index, name, body, is_complete or is_last)
                if is_last:
                    function["arguments"] = arguments
                    arguments = ""
                yield call_start(index, self._parser.make_id(index), function)
            else:
                arguments = self._arguments(index, name, body, is_complete or is_last)
            if arguments:
                yield call_arguments(index, arguments)

    def _arguments(self, index: int, name: str, body: str, is_closed: bool) -> str:
        """Return the JSON that is certain by now and not sent yet.

        A truncated parameter is sent as far as it goes, without closing the object.
        """
        parameter = _INCOMPLETE_PARAMETER.search(body) if is_closed else None
        if parameter is not None:
            certain = self._parser.open_arguments(name, body[: parameter.start()], parameter)
        elif is_closed:
            certain = self._parser.arguments(name, body)
        else:
            visible = body[: len(body) - partial_overlap(body, _PARAMETER_END)].removesuffix("\n")
            certain = self._parser.arguments(name, visible, partial=True).removesuffix("}")
            certain = certain.removesuffix('"') if _in_string(visible) else certain
        new = certain[len(self._sent[index]) :] if certain != "{" else ""
        self._sent[index] += new
        return new


def _in_string(body: str) -> bool:
    return body.rfind("<parameter=") > body.rfind(_PARAMETER_END)
