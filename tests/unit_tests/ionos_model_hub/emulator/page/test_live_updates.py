"""Server-sent events of the page."""

import asyncio
from collections.abc import AsyncIterator

from unit_tests.ionos_model_hub.emulator.page.exchanges import chat_request

from ionos_model_hub.emulator.page.live import live_updates
from ionos_model_hub.emulator.page.query import Query
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.state import EmulatorState


def ask(content: str) -> RecordedRequest:
    return chat_request(json={"model": "m", "messages": [{"role": "user", "content": content}]})


async def next_update(updates: AsyncIterator[bytes], containing: str) -> str:
    """Return the next update that contains a text."""
    async with asyncio.timeout(30):
        async for update in updates:
            if containing in update.decode():
                return update.decode()
    raise AssertionError(f"no update contains {containing}")


async def test_list_then_changes() -> None:
    state = EmulatorState()
    first = state.log.add(ask("first"))
    updates = live_updates(state, Query())
    listed = await next_update(updates, "first")
    assert listed.startswith("data: <ol id=")

    second = state.log.add(ask("second"))
    update = await next_update(updates, "second")
    assert 'id="request-2"' in update
    assert 'id="request-1"' not in update
    assert "<b>2</b> shown" in update

    state.log.end(first, "disconnected")
    state.log.add_head(second, 200, {})
    update = await next_update(updates, "request-1")
    assert 'data-state="error"' in update
    assert 'data-state="streaming"' in update
    await updates.aclose()


async def test_only_matching_requests() -> None:
    state = EmulatorState()
    updates = live_updates(state, Query("quay"))
    await next_update(updates, "<ol")
    state.log.add(ask("lighthouse"))
    state.log.add(ask("quay"))
    assert "lighthouse" not in await next_update(updates, "quay")
    await updates.aclose()


async def test_replies_scripted_elsewhere() -> None:
    state = EmulatorState()
    updates = live_updates(state, Query())
    await next_update(updates, "Nothing.")
    state.script.extend([Reply(text="left")])
    assert "text left" in await next_update(updates, "queue")
    await updates.aclose()


async def test_cleared_log() -> None:
    state = EmulatorState()
    state.log.add(ask("lighthouse"))
    updates = live_updates(state, Query())
    await next_update(updates, "lighthouse")
    state.log.clear()
    assert "lighthouse" not in await next_update(updates, "<ol")
    await updates.aclose()


async def test_end_with_the_log() -> None:
    state = EmulatorState()
    updates = live_updates(state, Query())
    await next_update(updates, "<ol")
    state.log.close()
    assert [update async for update in updates if b"<li" in update] == []
