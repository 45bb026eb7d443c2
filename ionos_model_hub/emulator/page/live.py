"""Updates of the page as server-sent events with fragments of HTML."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from starlette.concurrency import run_in_threadpool

from ionos_model_hub.emulator.page.changes import Changes
from ionos_model_hub.emulator.page.forms import waiting_replies
from ionos_model_hub.emulator.page.query import Query
from ionos_model_hub.emulator.page.rendering import (
    render_list,
    render_queue,
    render_rows,
    render_summary,
)
from ionos_model_hub.emulator.page.view import View, load_view
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.state import EmulatorState

_UPDATE_INTERVAL = 0.1
_QUEUE_INTERVAL = 1.0  # replies scripted elsewhere are no events of the log


async def live_updates(state: EmulatorState, query: Query) -> AsyncIterator[bytes]:
    """Yield an event with the complete list, then one for each change.

    Args:
        state: State of the emulator.
        query: Selects the requests.
    """
    with state.log.subscribe() as feed:
        changes = Changes()
        collecting = asyncio.create_task(changes.collect(feed))
        try:
            browser = _Browser(state, query)
            yield encode_html(await browser.load())
            while not collecting.done():
                changed = await changes.take(_QUEUE_INTERVAL)
                if changes.needs_reload:
                    changes.needs_reload = False
                    yield encode_html(await browser.load())
                html = browser.update(changed)
                if html:
                    yield encode_html(html)
                    await asyncio.sleep(_UPDATE_INTERVAL)
        finally:
            collecting.cancel()


class _Browser:
    """What one browser shows, to send only the changes."""

    def __init__(self, state: EmulatorState, query: Query) -> None:
        self._state = state
        self._query = query
        self._view = View(query)
        self._queue = ""

    async def load(self) -> str:
        """Return the complete list, the totals and the waiting replies."""
        self._view = await run_in_threadpool(load_view, self._query, self._state.log.latest())
        self._queue = self._render_queue()
        return render_list(self._view) + render_summary(self._view) + self._queue

    def update(self, requests: Sequence[RecordedRequest]) -> str:
        """Return the fragments that changed."""
        rows = self._view.update(requests)
        html = render_rows(rows) + render_summary(self._view) if rows else ""
        queue = self._render_queue()
        if queue != self._queue:
            self._queue = queue
            html += queue
        return html

    def _render_queue(self) -> str:
        return render_queue(waiting_replies(self._state.faults, self._state.script))


def encode_html(html: str) -> bytes:
    """Return a server-sent event with HTML, whose carriage returns become references."""
    lines = html.replace("\r", "&#13;").split("\n")
    event = "".join(f"data: {line}\n" for line in lines) + "\n"
    return event.encode("utf-8", "replace")
