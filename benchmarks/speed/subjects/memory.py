"""The deltas that the stub sends, for the models that respond from memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from benchmarks.speed import payloads

Json = dict[str, Any]

EVENTS: dict[str, Callable[[int], Iterator[bytes]]] = {
    "stream": payloads.text_events,
    "tool": payloads.tool_events,
    "object": payloads.object_events,
}


def deltas_at(url: str) -> list[Json]:
    """Return the deltas of the stream at this URL of the stub; none for other responses."""
    kind, _, rest = urlsplit(url).path.split("/")[1].partition(".")
    if kind not in EVENTS:
        return []
    events = EVENTS[kind](int(rest.split(".")[0]))
    lines = (event[6:] for event in events if event.startswith(b"data: {"))
    choices = (json.loads(line)["choices"] for line in lines)
    return [choice[0]["delta"] for choice in choices if choice]
