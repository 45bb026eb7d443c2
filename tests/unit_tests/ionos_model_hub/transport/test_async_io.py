"""Running several calls at once, of which the first failure cancels the others."""

import asyncio

import pytest

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.transport.async_io import gather_or_cancel, hold_slot


async def test_results_are_in_order() -> None:
    async def late(number: int) -> int:
        for _ in range(3 - number):
            await asyncio.sleep(0)
        return number

    assert await gather_or_cancel(late(number) for number in range(3)) == [0, 1, 2]


async def test_first_failure_cancels_the_others() -> None:
    cancelled: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ConfigurationError("No.")

    with pytest.raises(ConfigurationError, match="No"):
        await gather_or_cancel([wait(), fail(), wait()])
    assert cancelled == [True, True]


async def test_calls_that_wait_for_a_failing_one_do_not_start() -> None:
    slots = asyncio.Semaphore(1)
    started: list[int] = []

    async def send(number: int) -> None:
        started.append(number)
        await asyncio.sleep(0)
        raise ConfigurationError("No.")

    async def send_one_at_a_time(number: int) -> None:
        async with hold_slot(slots):
            await send(number)

    with pytest.raises(ConfigurationError):
        await gather_or_cancel(send_one_at_a_time(number) for number in range(3))
    assert started == [0]
    await asyncio.sleep(0)
    assert not slots.locked()


async def test_failure_has_no_context() -> None:
    async def fail() -> None:
        raise ConfigurationError("No.")

    with pytest.raises(ConfigurationError) as caught:
        await gather_or_cancel([fail(), fail()])
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


async def test_cancellation_cancels_all() -> None:
    cancelled: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    gathering = asyncio.ensure_future(gather_or_cancel([wait(), wait()]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gathering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gathering
    assert cancelled == [True, True]
