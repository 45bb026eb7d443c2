"""Scripted responses and recorded requests."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie", "x-api-key", "api-key")
DONE_EVENT = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    r"""A scripted response to one POST request.

    Pass one of `json`, `body`, `stream` and `generated`.

    Attributes:
        status: HTTP status; 200 by default.
        headers: Response headers.
        json: Body, sent as JSON.
        body: Body, sent unchanged.
        stream: Server-sent events, sent one by one: a mapping as `data: {...}`, bytes unchanged.
        done: Whether the stream ends with `data: [DONE]`; true by default.
        generated: Tokens that the model generates, for each choice. The request is checked, the
            tokens are limited, parsed and sent like those of a default response. They contain
            reasoning and tool calls in the format of the model.

    Example:
        >>> b"".join(Reply(stream=[{"a": 1}, b": hello\n\n"]).events())
        b'data: {"a": 1}\n\n: hello\n\ndata: [DONE]\n\n'
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    body: bytes | None = None
    stream: Sequence[Mapping[str, Any] | bytes] | None = None
    done: bool = True
    generated: Sequence[Sequence[str]] | None = None

    def events(self) -> Iterator[bytes]:
        """Yield the events of the stream as sent over the network."""
        for item in self.stream or ():
            yield item if isinstance(item, bytes) else encode_event(item)
        if self.done:
            yield DONE_EVENT


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


def encode_event(data: Mapping[str, Any]) -> bytes:
    """Return a server-sent event with JSON data."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode("utf-8", "replace") + b"\n\n"


def redact_credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with `***` in place of credentials."""
    return {name: "***" if name in _SECRET_HEADERS else value for name, value in headers.items()}
