"""Which requests the page shows."""

from dataclasses import dataclass

from ionos_model_hub.emulator.page.exchange import Row
from ionos_model_hub.emulator.page.json_text import compact_json
from ionos_model_hub.emulator.recorded import RecordedRequest

SHOWS = {
    "all": "All requests",
    "failed": "Failed",
    "streams": "Streams",
    "scripted": "Scripted and faults",
}


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

    def matches(self, request: RecordedRequest, row: Row) -> bool:
        """Return whether a request is shown."""
        if not self._shows(request, row):
            return False
        words = self.text.lower().split()
        text = _searchable(request, row) if words else ""
        return all(word in text for word in words)

    def _shows(self, request: RecordedRequest, row: Row) -> bool:
        if self.show == "failed":
            return row.state == "error"
        if self.show == "streams":
            return request.response.is_stream
        return self.show != "scripted" or row.source in ("scripted", "fault")


def _searchable(request: RecordedRequest, row: Row) -> str:
    """Return everything that was sent and received, in lower case."""
    body = compact_json(request.json)
    head = f"{request.method} {request.path} {row.status} {row.source} {row.response}"
    headers = {**request.headers, **request.response.headers}.items()
    lines = (f"{name}: {value}" for name, value in headers)
    return "\n".join([head, body, *lines, request.response.text]).lower()
