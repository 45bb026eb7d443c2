"""Changes that are collected while a browser does not read."""

from collections.abc import AsyncIterator

from unit_tests.ionos_model_hub.emulator.page.exchanges import chat_request

from ionos_model_hub.emulator.log_feed import LogEvent
from ionos_model_hub.emulator.page.changes import MAX_CHANGES, Changes


async def requests(count: int) -> AsyncIterator[LogEvent]:
    for number in range(1, count + 1):
        yield LogEvent("request", chat_request(number=number))
        yield LogEvent("end", chat_request(number=number))


async def test_changes_of_a_request_are_joined() -> None:
    changes = Changes()
    await changes.collect(requests(3))
    assert [request.number for request in await changes.take(1)] == [1, 2, 3]
    assert await changes.take(0.01) == []
    assert not changes.needs_reload


async def test_number_of_changes_is_limited() -> None:
    changes = Changes()
    await changes.collect(requests(MAX_CHANGES * 5 // 2))
    assert changes.needs_reload
    assert len(await changes.take(1)) <= MAX_CHANGES


async def test_cleared_log_is_read_again() -> None:
    async def clear() -> AsyncIterator[LogEvent]:
        yield LogEvent("request", chat_request())
        yield LogEvent("clear")

    changes = Changes()
    await changes.collect(clear())
    assert changes.needs_reload
    assert await changes.take(1) == []
