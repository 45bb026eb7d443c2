"""Apply a function to items concurrently, in order and with a bounded look-ahead.

At most `concurrency` calls run at once. At most twice as many items are in progress or have results
that were not taken yet.
"""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_LOOK_AHEAD = 2
"""Items per running call."""


def map_in_order(
    function: Callable[[Item], Result], items: Iterable[Item], concurrency: int
) -> Generator[Result, None, None]:
    """Yield the results of a function that is called in threads, in the context of the caller."""
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="ionos-ocr")
    pending: deque[Future[Result]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(copy_context().run, function, item))
            if len(pending) >= _LOOK_AHEAD * concurrency:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        # After Ctrl-C, running calls end in the background: their requests may be retried.
        is_interrupted = isinstance(sys.exception(), KeyboardInterrupt)
        pool.shutdown(wait=not is_interrupted, cancel_futures=True)


async def amap_in_order(
    function: Callable[[Item], Awaitable[Result]],
    items: Iterable[Item],
    concurrency: int,
) -> AsyncGenerator[Result, None]:
    """Yield the results of an asynchronous function. The items, which may block, come from threads.

    No item may be None.
    """
    iterator = iter(items)
    slots = asyncio.Semaphore(concurrency)
    pending: deque[asyncio.Task[Result]] = deque()

    async def call(item: Item) -> Result:
        async with slots:
            return await function(item)

    try:
        while (item := await asyncio.to_thread(next, iterator, None)) is not None:
            pending.append(asyncio.create_task(call(item)))
            if len(pending) >= _LOOK_AHEAD * concurrency:
                yield await pending[0]
                pending.popleft()
        while pending:
            yield await pending[0]
            pending.popleft()
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
