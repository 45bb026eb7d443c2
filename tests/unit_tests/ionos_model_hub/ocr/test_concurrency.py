"""Items are processed concurrently, in order and with a bounded look-ahead."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing, closing
from contextvars import ContextVar
from queue import SimpleQueue

import pytest

from ionos_model_hub.ocr.concurrency import amap_in_order, map_in_order


class Items:
    """Numbers, of which it counts those that were taken."""

    def __init__(self, count: int) -> None:
        self.taken = 0
        self._count = count

    def __iter__(self) -> Iterator[int]:
        for number in range(self._count):
            self.taken += 1
            yield number


def test_results_are_in_order() -> None:
    second_done = threading.Event()

    def function(number: int) -> int:
        if number == 0:
            assert second_done.wait(10)
        if number == 1:
            second_done.set()
        return number * number

    assert list(map_in_order(function, range(5), 2)) == [0, 1, 4, 9, 16]


def test_calls_keep_the_context_of_the_caller() -> None:
    user = ContextVar("user", default="unknown")
    user.set("Ada")
    assert list(map_in_order(lambda _: user.get(), range(3), 2)) == ["Ada"] * 3


def test_interrupt_does_not_wait_for_running_calls() -> None:
    started, released = threading.Event(), threading.Event()
    was_released: SimpleQueue[bool] = SimpleQueue()

    def function(number: int) -> None:
        if number == 0:
            assert started.wait(5)
            raise KeyboardInterrupt
        started.set()
        was_released.put(released.wait(5))

    with pytest.raises(KeyboardInterrupt):
        list(map_in_order(function, range(2), 2))
    released.set()
    assert was_released.get(timeout=10)


async def test_async_results_are_in_order() -> None:
    second_done = asyncio.Event()

    async def function(number: int) -> int:
        if number == 0:
            await asyncio.wait_for(second_done.wait(), 10)
        if number == 1:
            second_done.set()
        return number * number

    assert [each async for each in amap_in_order(function, range(5), 2)] == [0, 1, 4, 9, 16]


def test_look_ahead_is_bounded() -> None:
    items = Items(100)
    with closing(map_in_order(lambda number: number, items, 3)) as results:
        for number in range(50):
            assert next(results) == number
            assert items.taken == number + 6


async def test_async_look_ahead_is_bounded() -> None:
    items, running = Items(100), 0

    async def function(number: int) -> int:
        nonlocal running
        running += 1
        assert running <= 3
        await asyncio.sleep(0)
        running -= 1
        return number

    async with aclosing(amap_in_order(function, items, 3)) as results:
        for number in range(50):
            assert await anext(results) == number
            assert items.taken == number + 6


def test_errors_end_the_iteration() -> None:
    def function(number: int) -> int:
        if number == 1:
            raise ValueError("broken")
        return number

    results = map_in_order(function, range(9), 1)
    assert next(results) == 0
    with pytest.raises(ValueError, match="broken"):
        next(results)


async def test_closing_cancels_running_calls() -> None:
    cancelled = []

    async def function(number: int) -> int:
        if number == 0:
            return number
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise
        return number

    results = amap_in_order(function, range(9), 2)
    assert await anext(results) == 0
    await asyncio.sleep(0)
    await results.aclose()
    assert cancelled == [1, 2]
