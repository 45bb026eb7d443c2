"""Handlers of the control API."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ionos_model_hub.emulator.control.json_views import (
    error_response,
    event_view,
    json_response,
    request_view,
    to_json,
)
from ionos_model_hub.emulator.control.queue_handlers import QueueHandlers
from ionos_model_hub.emulator.log_feed import Feed
from ionos_model_hub.emulator.state import EmulatorState
from ionos_model_hub.emulator.text import parse_number

DEFAULT_LIMIT = 100
_KEEP_ALIVE_INTERVAL = 15  # seconds


class ControlHandlers:
    """Handlers for one emulator.

    Args:
        state: State of the emulator.

    Attributes:
        script: Handlers of the script.
        faults: Handlers of the faults.
    """

    def __init__(self, state: EmulatorState) -> None:
        self._state = state
        self.script = QueueHandlers(state.script)
        self.faults = QueueHandlers(state.faults)

    async def requests(self, request: Request) -> Response:
        """Return the latest requests, by default 100."""
        text = request.query_params.get("limit", str(DEFAULT_LIMIT))
        limit = parse_number(text)
        if limit is None:
            return error_response(400, f"limit must be a number, got {text:.20}")
        requests = self._state.log.latest(limit)
        return json_response({"requests": [request_view(each) for each in requests]})

    async def request(self, request: Request) -> Response:
        """Return one request with the chunks of its response."""
        text: str = request.path_params["number"]
        number = parse_number(text)
        recorded = self._state.log.find(number) if number is not None else None
        if recorded is None:
            return error_response(404, f"The log does not contain a request {text:.20}.")
        return json_response(request_view(recorded, with_chunks=True))

    async def clear_requests(self, request: Request) -> Response:
        """Remove all requests from the log."""
        self._state.log.clear()
        return json_response({})

    async def verify(self, request: Request) -> Response:
        """Return the ways in which the script was not followed."""
        problems = self._state.problems
        return json_response({"ok": not problems, "problems": problems})

    async def reset(self, request: Request) -> Response:
        """Remove requests, scripted replies and faults."""
        self._state.reset()
        return json_response({})

    async def events(self, request: Request) -> Response:
        """Stream the events of the log."""
        feed = self._state.log.subscribe()
        headers = {"cache-control": "no-store"}
        return StreamingResponse(_encoded(feed), 200, headers, "text/event-stream")


async def _encoded(feed: Feed) -> AsyncIterator[bytes]:
    """Yield events as server-sent events, and comments while there are none."""
    with feed:
        yield b": connected\n\n"
        events = aiter(feed)
        following = asyncio.ensure_future(anext(events, None))
        try:
            while True:
                done, _ = await asyncio.wait([following], timeout=_KEEP_ALIVE_INTERVAL)
                if not done:
                    yield b": keep-alive\n\n"
                    continue
                event = following.result()
                if event is None:
                    return
                yield b"event: %b\ndata: %b\n\n" % (event.kind.encode(), to_json(event_view(event)))
                following = asyncio.ensure_future(anext(events, None))
        finally:
            following.cancel()
