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
        with limiter.semaphore(limit) as semaphore:
            async with semaphore:
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
    assert not limiter._shared
    reference = weakref.ref(loop)
    loop.close()  # only to avoid a ResourceWarning
    del loop
    gc.collect()
    assert reference() is None


async def test_tasks_share_a_semaphore_per_limit() -> None:
    limiter = LoopLimiter()
    with limiter.semaphore(1) as first, limiter.semaphore(1) as second, limiter.semaphore(2) as two:
        assert first is second
        assert two is not first


async def test_copies_start_without_semaphores() -> None:
    limiter = LoopLimiter()
    with limiter.semaphore(1) as semaphore:
        for copied in (copy.deepcopy(limiter), pickle.loads(pickle.dumps(limiter))):
            with copied.semaphore(1) as other:
                assert other is not semaphore


async def test_cancelled_tasks_release_the_semaphore() -> None:
    limiter = LoopLimiter()

    async def wait() -> None:
        with limiter.semaphore(1) as semaphore:
            async with semaphore:
                await asyncio.Event().wait()

    tasks = [asyncio.create_task(wait()) for _ in range(3)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not limiter._shared
