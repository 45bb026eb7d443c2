"""Which requests the page shows."""

import re
from dataclasses import dataclass

from ionos_model_hub.emulator.page.exchange import state_of
from ionos_model_hub.emulator.page.json_text import compact_json
from ionos_model_hub.emulator.recorded import RecordedRequest

SHOWS = {
    "all": "All requests",
    "failed": "Failed",
    "streams": "Streams",
    "scripted": "Scripted and faults",
}
# Texts in the chunks of a stream, which may split words; parsing all streams would be slow.
_DELTAS = re.compile(
    r'"(?:content|text|reasoning|reasoning_content|arguments)": ?"((?:[^"\\]|\\.)*)"'
)


@dataclass(frozen=True, slots=True)
class Query:
    """A search.

    Attributes:
        text: Words, all of which the request or the response contains.
        show: One of `SHOWS`.
    """

    text: str = ""
    show: str = "all"

    def __bool__(self) -> bool:
        return bool(self.text.strip()) or self.show != "all"

    def matches(self, request: RecordedRequest) -> bool:
        """Return whether a request is shown."""
        if not self._shows(request):
            return False
        words = self.text.lower().split()
        text = _searchable(request) if words else ""
        return all(word in text for word in words)

    def _shows(self, request: RecordedRequest) -> bool:
        if self.show == "failed":
            return state_of(request) == "error"
        if self.show == "streams":
            return request.response.is_stream
        return self.show != "scripted" or request.response.source in ("scripted", "fault")


def _searchable(request: RecordedRequest) -> str:
    """Return everything that was sent and received, in lower case."""
    response = request.response
    body = response.text
    headers = (*request.headers.items(), *response.headers.items())
    parts = [
        f"{request.method} {request.path} {response.status} {response.source}",
        compact_json(request.json),
        *(f"{name}: {value}" for name, value in headers),
        body,
    ]
    if response.is_stream:
        parts.append("".join(_DELTAS.findall(body)))
    return "\n".join(parts).lower()
