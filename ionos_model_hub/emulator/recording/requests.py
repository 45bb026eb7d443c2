"""Requests as they are recorded and forwarded."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.recording.content import describe
from ionos_model_hub.emulator.recording.redaction import Redactor

_NOT_FORWARDED = frozenset(
    {"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "cookie"}
)
_RECORDED_HEADERS = re.compile(
    r"content-type|retry-after(-ms)?|x-should-retry|x-trace-id|x-request-id|x-ratelimit-.*"
)
_BOUNDARY = re.compile(r'boundary="?([^";]+)')


def forwarded_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a request that are sent to the recorded server."""
    kept = {name: value for name, value in headers.items() if name not in _NOT_FORWARDED}
    return {**kept, "accept-encoding": "identity"}


def recorded_headers(headers: Mapping[str, str], redactor: Redactor) -> dict[str, str]:
    """Return the headers of a response that are recorded and passed on."""
    return {
        name: redactor.text(value)
        for name, value in headers.items()
        if _RECORDED_HEADERS.fullmatch(name)
    }


def recorded_path(path: str, query: str, redactor: Redactor) -> str:
    """Return the path of a request with its query, without keys."""
    pairs = parse_qsl(query, keep_blank_values=True)
    cleaned = [(name, redactor.field(name, value)) for name, value in pairs]
    if cleaned != pairs:
        query = urlencode(cleaned, safe="*")
    return redactor.text(f"{path}?{query}" if query else path)


def recorded_body(content: bytes, content_type: str, redactor: Redactor) -> Json | None:
    """Return the content of a request without keys, or None if it is empty.

    The random boundary of a multipart body is replaced, so that equal requests are equal.
    """
    if not content:
        return None
    if boundary := _BOUNDARY.search(content_type):
        content = content.replace(boundary[1].encode(), b"boundary")
    cleaned: Json = redactor.value(describe(content))
    cleaned.pop("separators", None)  # irrelevant for requests
    return cleaned
