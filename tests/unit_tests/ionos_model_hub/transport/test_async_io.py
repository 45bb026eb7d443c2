"""What the asynchronous shell does with several calls at once, and with idle connections."""

import asyncio
import weakref
from typing import Any

import pytest

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.transport.async_io import SECONDS_BETWEEN_TIDYING, _tidy, gather_or_cancel
from ionos_model_hub.transport.http.pool import IdleConnections


async def test_all_results_come_in_order() -> None:
    async def late(number: int) -> int:
        for _ in range(3 - number):
            await asyncio.sleep(0)
        return number

    assert await gather_or_cancel(late(number) for number in range(3)) == [0, 1, 2]


async def test_the_first_failure_stops_the_others() -> None:
    stopped: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append(True)
            raise

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ConfigurationError("No.")

    with pytest.raises(ConfigurationError, match="No"):
        await gather_or_cancel([wait(), fail(), wait()])
    assert stopped == [True, True]


async def test_what_waited_for_a_failure_does_not_begin() -> None:
    gate = asyncio.Semaphore(1)
    begun: list[int] = []

    async def send(number: int) -> None:
        begun.append(number)
        await asyncio.sleep(0)
        raise ConfigurationError("No.")

    async def send_in_turn(number: int) -> None:
        async with gate:
            await gather_or_cancel([send(number)])

    with pytest.raises(ConfigurationError):
        await gather_or_cancel(send_in_turn(number) for number in range(3))
    assert begun == [0]


async def test_a_failure_has_no_context() -> None:
    async def fail() -> None:
        raise ConfigurationError("No.")

    with pytest.raises(ConfigurationError) as caught:
        await gather_or_cancel([fail(), fail()])
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


async def test_who_is_cancelled_stops_them_all() -> None:
    stopped: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(True)

    whole = asyncio.ensure_future(gather_or_cancel([wait(), wait()]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    whole.cancel()
    with pytest.raises(asyncio.CancelledError):
        await whole
    assert stopped == [True, True]


def test_idle_connections_are_looked_at_until_nobody_has_them() -> None:
    timers: list[Any] = []

    class Loop:
        def call_later(self, *timer: Any) -> None:
            timers.append(timer)

    class Watched(IdleConnections):
        looks = 0

        def close_expired(self) -> None:
            self.looks += 1

    idle = Watched()
    _tidy(Loop(), weakref.ref(idle))  # type: ignore[arg-type]  # all that is asked of a loop
    seconds, again, *arguments = timers.pop()
    again(*arguments)
    assert (seconds, idle.looks, len(timers)) == (SECONDS_BETWEEN_TIDYING, 2, 1)
    del idle
    timers.clear()
    again(*arguments)
    assert timers == []
