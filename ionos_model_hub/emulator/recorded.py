"""Requests that the emulator has received."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie", "x-api-key", "api-key")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request that the emulator received.

    Attributes:
        method: HTTP method.
        path: Path, including `/v1`.
        headers: Headers by lower-case name; credentials are replaced by `***`.
        json: Parsed body, or None if it is not valid JSON.
        authorised: Whether the API key was accepted.

    Example:
        >>> RecordedRequest(
        ...     method="GET", path="/v1/models", headers={}, json=None, authorised=True
        ... ).path
        '/v1/models'
    """

    method: str
    path: str
    headers: Mapping[str, str]
    json: Any
    authorised: bool

    @property
    def model(self) -> str | None:
        """The model that the request names, or None."""
        model = self.json.get("model") if isinstance(self.json, dict) else None
        return model if isinstance(model, str) else None

    @property
    def text(self) -> str:
        """The text of the last message, the prompt, the input, or the query with documents."""
        if not isinstance(self.json, dict):
            return ""
        messages = self.json.get("messages")
        last = messages[-1] if isinstance(messages, list) and messages else None
        fields = [self.json.get(name) for name in ("prompt", "input", "query", "documents")]
        return "\n".join(_texts([last.get("content") if isinstance(last, dict) else None, fields]))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(value.get("text"))


def redact_credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with `***` in place of credentials."""
    return {name: "***" if name in _SECRET_HEADERS else value for name, value in headers.items()}
