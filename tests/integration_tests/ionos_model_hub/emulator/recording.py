"""The recorded responses of vLLM and the comparable shape of a response."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx

FILE = Path(__file__).parents[3] / "data" / "vllm_0.32.0.json"
RECORDING: dict[str, Any] = json.loads(FILE.read_text("utf-8"))

_OMITTED = re.compile(r"… .* more|\d+ numbers")
_VALIDATION_ERROR = re.compile(r"\d+ validation errors?:\s+\{'type': '(\w+)', 'loc': '([^']+)'")
_TEXT_KEYS = {"content", "reasoning", "text", "token", "b64_json", "embedding"}
_MASKED_KEYS = {"root", "object_id"}
_LITERAL_NUMBERS = {"index", "code"}


@dataclass(frozen=True)
class Exchange:
    """A recorded request with its response.

    Attributes:
        name: Purpose of the request.
        server: Name of the server's configuration.
        method: HTTP method.
        path: Path below `/v1`.
        content: Request body.
        generated: For each choice the tokens that the model generated, or none if unknown.
        response: Recorded status and body or stream.
    """

    name: str
    server: str
    method: str
    path: str
    content: bytes
    generated: Sequence[Sequence[str]]
    response: dict[str, Any]


def load_exchanges() -> list[Exchange]:
    """Return all recorded exchanges."""
    return [_exchange(item) for item in RECORDING["exchanges"]]


def _exchange(item: dict[str, Any]) -> Exchange:
    request = item.get("request", {})
    if "repeat" in item:  # long prompts are recorded as a number of words
        _set(request, item["repeat"], "word " * item["times"])
    content = item.get("body", json.dumps(request) if request else "").encode()
    return Exchange(
        item["name"],
        item["server"],
        item.get("method", "POST"),
        item["path"],
        content,
        item.get("generated", ()),
        item["response"],
    )


def _set(request: dict[str, Any], path: list[Any], text: str) -> None:
    if path == ["messages", 0, "content"]:
        request["messages"] = [{"role": "user", "content": text}]
    else:
        request[path[0]] = [text] if len(path) > 1 else text


def recorded_shape(exchange: Exchange) -> Any:
    """Return the comparable shape of a recorded response."""
    return _response_shape(**exchange.response)


def shape_of(response: httpx.Response) -> Any:
    """Return the comparable shape of a response: ids, words and numbers are masked."""
    if response.headers["content-type"].startswith("text/event-stream"):
        events = [line.removeprefix("data: ") for line in response.text.split("\n") if line]
        stream = [event if event == "[DONE]" else json.loads(event) for event in events]
        return _response_shape(response.status_code, stream=stream)
    return _response_shape(response.status_code, body=response.json())


def _response_shape(status: int, body: Any = None, stream: Any = None) -> Any:
    if stream is not None:
        return {"status": status, "stream": _stream_shape(stream)}
    return {"status": status, "body": _shape(body, "")}


def _stream_shape(stream: list[Any]) -> Any:
    """Return the shapes of the chunks by choice; repeated shapes are listed once."""
    chunks = [_chunk_shape(chunk) for chunk in stream]
    by_choice: dict[Any, list[Any]] = {}
    for chunk in chunks:
        choices = chunk["choices"] if isinstance(chunk, dict) else []
        by_choice.setdefault(choices[0]["index"] if choices else None, []).append(chunk)
    return {index: _without_repeats(items) for index, items in by_choice.items()}


def _chunk_shape(chunk: Any) -> Any:
    if not isinstance(chunk, dict):
        return chunk
    head = {"id", "object", "created", "model"}
    shape = _shape({key: value for key, value in chunk.items() if key not in head}, "")
    for choice in shape["choices"]:
        for call in choice.get("delta", {}).get("tool_calls", ()):
            if call["function"].get("arguments"):  # the model decides how they are split
                call["function"]["arguments"] = "part"
    return shape


def _without_repeats(items: Sequence[Any]) -> list[Any]:
    return [item for item, _ in groupby(items)]


def _shape(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        if value.get("type") and "message" in value:
            value = {**value, "message": _message_shape(value["message"])}
        shape = {name: _shape(item, name) for name, item in value.items()}
        if "relevance_score" in shape:  # the order depends on the scores
            shape["index"] = "number"
        return shape
    if isinstance(value, list):
        return _list_shape(value, key)
    if isinstance(value, str):
        return _text_shape(value, key)
    if isinstance(value, bool) or value is None or key in _LITERAL_NUMBERS:
        return value
    return "number"


def _list_shape(value: list[Any], key: str) -> list[Any]:
    if key == "top_logprobs" and value and isinstance(value[0], dict) and "token" not in value[0]:
        return [{"token": "number"}]
    if key == "bytes" or any(isinstance(item, float) for item in value):
        return ["number"]
    if value and isinstance(value[0], str) and value[0].endswith(" numbers"):
        return ["number"]
    items = [item for item in value if not (isinstance(item, str) and _OMITTED.fullmatch(item))]
    shapes = [_shape(item, key) for item in items]
    return shapes if key == "tool_calls" else _without_repeats(shapes)


def _text_shape(text: str, key: str) -> str:
    if key == "id":
        return re.sub(r"[^-]+$", "*", text) if "-" in text else "id"
    if key in _TEXT_KEYS:
        return ("\n" if text.startswith("\n") else "") + ("text" if text.strip() else "")
    if key == "arguments":
        return _arguments_shape(text)
    if key in ("system_fingerprint", "tokens", "root"):
        return key
    return text


def _arguments_shape(text: str) -> str:
    try:
        json.loads(text)
    except ValueError:
        return "part" if text else ""
    return "JSON"


def _message_shape(message: str) -> str:
    """Return the part of an error message that clients parse, with all numbers masked."""
    if match := _VALIDATION_ERROR.match(message):
        return f"{match[1]} at {match[2]}"
    message = message.partition(" Valid aliases:")[0].partition("\n")[0]
    return re.sub(r"\d+(\.\d+)?", "0", message).strip()
