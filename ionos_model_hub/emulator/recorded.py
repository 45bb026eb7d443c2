"""Requests that the emulator has received."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ionos_model_hub.emulator.endpoint_paths import ENDPOINT_PATHS, Endpoint
from ionos_model_hub.emulator.forms import parse_form
from ionos_model_hub.emulator.recorded_response import RecordedResponse

KEY_HEADERS = ("authorization", "proxy-authorization", "x-api-key", "api-key")
"""Request headers that contain API keys."""
_SECRET_HEADERS = (*KEY_HEADERS, "cookie")

MAX_NESTING = 200
"""Levels of JSON; deeper values would exceed the limits of the code that reads and shows them."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request that the emulator received.

    Attributes:
        method: HTTP method.
        path: Path, including `/v1`.
        headers: Headers by lower-case name; credentials are replaced by `***`.
        json: Parsed body, or None if it is not valid JSON or nested too deeply. For image edits,
            the fields of the form, in which files are data URLs.
        authorised: Whether the API key was accepted.
        number: Position among all requests of the emulator, starting with 1.
        received_at: Time at which the body was complete, in UTC.
        response: The response, which is completed while it is sent.

    Example:
        >>> RecordedRequest(
        ...     method="GET", path="/v1/models", headers={}, json=None, authorised=True
        ... ).endpoint
        'models'
    """

    method: str
    path: str
    headers: Mapping[str, str]
    json: Any
    authorised: bool
    number: int = field(default=0, compare=False)
    received_at: datetime = field(default_factory=_now, compare=False, repr=False)
    response: RecordedResponse = field(default_factory=RecordedResponse, compare=False, repr=False)

    @property
    def endpoint(self) -> Endpoint | None:
        """The name of the endpoint, or None if the path does not exist."""
        return next((name for name, path in ENDPOINT_PATHS.items() if path == self.path), None)

    @property
    def model(self) -> str | None:
        """The model that the request names, or None."""
        model = self._field("model")
        return model if isinstance(model, str) else None

    @property
    def stream(self) -> bool:
        """Whether a stream is requested."""
        return self._field("stream") is True

    @property
    def text(self) -> str:
        """The text of the last message, the prompt, the input, or the query with documents."""
        messages = self._field("messages")
        last = messages[-1] if isinstance(messages, list) and messages else None
        fields = [self._field(name) for name in ("prompt", "input", "query", "documents")]
        return "\n".join(_texts([last.get("content") if isinstance(last, dict) else None, fields]))

    def _field(self, name: str) -> Any:
        return self.json.get(name) if isinstance(self.json, dict) else None

    def _list(self, name: str) -> list[Any]:
        """Return a list in the body; a single value becomes a list."""
        value = self._field(name)
        if value is None:
            return []
        return value if isinstance(value, list) else [value]


class RecordedChat(RecordedRequest):
    """A request to `/chat/completions`."""

    __slots__ = ()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages as sent."""
        return [message for message in self._list("messages") if isinstance(message, dict)]

    @property
    def roles(self) -> list[str]:
        """The roles of the messages."""
        return [message.get("role", "") for message in self.messages]

    @property
    def system(self) -> str:
        """The text of the system messages."""
        contents = [m.get("content") for m in self.messages if m.get("role") == "system"]
        return "\n".join(_texts(contents))

    @property
    def tool_names(self) -> list[str]:
        """The names of the tools."""
        functions = [_member(tool, "function") for tool in self._list("tools")]
        return [_member(function, "name") for function in functions]

    @property
    def tool_results(self) -> list[str]:
        """The texts of the tool messages."""
        results = [m.get("content") for m in self.messages if m.get("role") == "tool"]
        return ["\n".join(_texts(result)) for result in results]

    @property
    def response_format(self) -> dict[str, Any] | None:
        """The field `response_format`, or None."""
        value = self._field("response_format")
        return value if isinstance(value, dict) else None


class RecordedCompletion(RecordedRequest):
    """A request to `/completions`."""

    __slots__ = ()

    @property
    def prompts(self) -> list[str]:
        """The prompts."""
        return list(_texts(self._list("prompt")))


class RecordedEmbedding(RecordedRequest):
    """A request to `/embeddings`."""

    __slots__ = ()

    @property
    def inputs(self) -> list[str]:
        """The texts to embed."""
        return list(_texts(self._list("input")))


class RecordedRerank(RecordedRequest):
    """A request to `/rerank`."""

    __slots__ = ()

    @property
    def query(self) -> str:
        """The query."""
        return "\n".join(_texts(self._field("query")))

    @property
    def documents(self) -> list[str]:
        """The texts of the documents."""
        return list(_texts(self._list("documents")))


class RecordedImage(RecordedRequest):
    """A request to `/images/generations` or `/images/edits`."""

    __slots__ = ()

    @property
    def prompt(self) -> str:
        """The prompt."""
        return "\n".join(_texts(self._field("prompt")))


_CLASSES: dict[str, type[RecordedRequest]] = {
    ENDPOINT_PATHS["chat"]: RecordedChat,
    ENDPOINT_PATHS["completions"]: RecordedCompletion,
    ENDPOINT_PATHS["embeddings"]: RecordedEmbedding,
    ENDPOINT_PATHS["rerank"]: RecordedRerank,
    ENDPOINT_PATHS["images"]: RecordedImage,
    ENDPOINT_PATHS["image_edits"]: RecordedImage,
}


def record_request(
    method: str, path: str, headers: Mapping[str, str], content: bytes, *, authorised: bool
) -> RecordedRequest:
    """Return a request as an instance of the class of its endpoint.

    Args:
        method: HTTP method.
        path: Path, including `/v1`.
        headers: Headers by lower-case name.
        content: The body.
        authorised: Whether the API key was accepted.
    """
    return _CLASSES.get(path, RecordedRequest)(
        method=method,
        path=path,
        headers=redact_credentials(headers),
        json=_parse_body(path, headers.get("content-type", ""), content),
        authorised=authorised,
    )


def redact_credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with `***` in place of credentials."""
    return {name: "***" if name in _SECRET_HEADERS else value for name, value in headers.items()}


def _parse_body(path: str, content_type: str, content: bytes) -> Any:
    """Return the JSON value, or the fields of the form; None if the body is neither."""
    if path == ENDPOINT_PATHS["image_edits"]:
        return parse_form(content, content_type)
    return _parse_json(content)


def _parse_json(content: bytes) -> Any:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return None if _is_nested_too_deeply(value) else value


def _is_nested_too_deeply(value: object) -> bool:
    level = [value]
    for _ in range(MAX_NESTING):
        level = [i for item in level for i in _items(item) if isinstance(i, dict | list)]
        if not level:
            return False
    return True


def _items(value: object) -> Iterable[object]:
    """Return the values that a JSON value contains."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _member(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(value.get("text"))
