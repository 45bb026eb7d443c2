"""Prepared answers, and the record of what was asked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie", "x-api-key", "api-key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    r"""A prepared answer to one POST.

    Give one of `json`, `body` or `stream`.

    Attributes:
        status: HTTP status.
        headers: Response headers.
        json: Sent as JSON.
        body: Sent as it is.
        stream: Sent one by one as server-sent events: a dict as `data: {...}`, bytes as they are.
        done: Whether a stream ends with `data: [DONE]`.

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

    def events(self) -> Iterator[bytes]:
        """Yield the pieces of the stream as they go over the wire."""
        for item in self.stream or ():
            yield item if isinstance(item, bytes) else event(item)
        if self.done:
            yield DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request that the emulator received.

    Attributes:
        method: HTTP method.
        path: Path, with `/v1`.
        headers: Headers by lower-case name; credentials are replaced by `***`.
        json: Parsed body, or None where it is no JSON.
        authorised: Whether the key was accepted.

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


DONE = b"data: [DONE]\n\n"


def event(data: Mapping[str, Any]) -> bytes:
    """Return a server-sent event."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode("utf-8", "replace") + b"\n\n"


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with the values of credentials replaced."""
    return {name: "***" if name in _SECRET_HEADERS else value for name, value in headers.items()}
