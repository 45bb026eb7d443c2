import asyncio
import copy
import gc
import pickle
import weakref

from llama_index_ionos.concurrency import LoopLimiter


async def peak_concurrency(limiter: LoopLimiter, limit: int, tasks: int) -> int:
    """Return the highest number of concurrent tasks; `limit` of them wait for each other."""
    active = peak = 0
    barrier = asyncio.Barrier(limit)

    async def work() -> None:
        nonlocal active, peak
        async with limiter.slot(limit):
            active += 1
            peak = max(peak, active)
            await barrier.wait()
            active -= 1

    await asyncio.gather(*(work() for _ in range(tasks)))
    return peak


def test_limits_concurrency() -> None:
    assert asyncio.run(peak_concurrency(LoopLimiter(), 4, 20)) == 4


def test_each_loop_has_its_own_limit() -> None:
    limiter = LoopLimiter()
    for _ in range(5):
        assert asyncio.run(peak_concurrency(limiter, 2, 8)) == 2


def test_idle_limiter_does_not_keep_unclosed_loops_alive() -> None:
    limiter = LoopLimiter()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(peak_concurrency(limiter, 2, 8))
    reference = weakref.ref(loop)
    assert not limiter._slots
    loop.close()  # only so that no ResourceWarning is raised
    del loop
    gc.collect()
    assert reference() is None


async def test_different_limits_are_independent() -> None:
    limiter = LoopLimiter()
    async with limiter.slot(1), limiter.slot(2):
        assert len(limiter._slots) == 2


async def test_copies_start_without_used_slots() -> None:
    limiter = LoopLimiter()
    async with limiter.slot(1):
        for copied in (copy.deepcopy(limiter), pickle.loads(pickle.dumps(limiter))):
            async with copied.slot(1):
                pass


async def test_cancelled_waiters_free_their_slots() -> None:
    limiter = LoopLimiter()

    async def wait() -> None:
        async with limiter.slot(1):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(wait()) for _ in range(3)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not limiter._slots
