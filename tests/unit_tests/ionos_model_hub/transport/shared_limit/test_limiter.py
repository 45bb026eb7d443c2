"""The rate limiter of a process that shares buckets with others, in virtual time."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from itertools import pairwise
from math import inf
from threading import Event
from typing import Any

import pytest
from unit_tests.ionos_model_hub.transport.scripted_io import ConcurrentIO
from unit_tests.ionos_model_hub.transport.shared_limit.memory_store import MemoryStore

from ionos_model_hub.errors import RequestTimeoutError
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.policy.shared_bucket import Grant, Operation
from ionos_model_hub.policy.token_bucket import BucketLimits
from ionos_model_hub.transport.async_io import AsyncIO
from ionos_model_hub.transport.rate_limiter import RateLimits
from ionos_model_hub.transport.shared_limit.limiter import SharedRateLimiter
from ionos_model_hub.transport.shared_limit.store import SECONDS_BETWEEN_PROBES, StoreWorker
from ionos_model_hub.transport.sync_io import SyncIO, run_blocking

LIMITS = RateLimits(5.0, 3, 10.0)
START = 1000.0


class Machine:
    """Processes with one store, and the times at which their requests were sent."""

    def __init__(self, processes: int = 1, limits: RateLimits = LIMITS) -> None:
        self.io = ConcurrentIO()
        self.store = MemoryStore(self.io.now)
        self.workers = [StoreWorker(lambda: self.store) for _ in range(processes)]
        self.limiters = [SharedRateLimiter(worker, "name") for worker in self.workers]
        for limiter in self.limiters:
            limiter.configure(limits)
        self.sent: list[tuple[float, int]] = []

    @property
    def times(self) -> list[float]:
        return [time - START for time, _ in sorted(self.sent)]

    async def send(self, process: int = 0, images: int = 0, seconds: float = inf) -> None:
        timer = CallTimer(self.io.now, None, self.io.now() + seconds)
        await self.limiters[process].acquire(self.io, images, timer)
        self.sent.append((self.io.now(), process))

    def run(self, *calls: Coroutine[Any, Any, None]) -> None:
        self.io.run_all(list(calls))

    def wait_for_threads(self) -> None:
        for worker in self.workers:
            worker._submit(lambda: Grant(0.0, 0.0)).result()


def test_processes_share_rate_and_burst() -> None:
    machine = Machine(processes=2)
    machine.run(*(machine.send(number % 2) for number in range(10)))
    expected = [0, 0, 0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4]
    assert machine.times == pytest.approx(expected)
    assert {process for _, process in machine.sent[:4]} == {0, 1}


@pytest.mark.parametrize("error", [1e-12, 9e-6])
def test_rounding_errors_of_the_store_do_not_space_out_a_burst(error: float) -> None:
    machine = Machine()
    machine.store.rounding_error = error
    machine.run(*(machine.send() for _ in range(3)))
    assert machine.times == [0, 0, 0]


def test_processes_with_equal_demand_get_equal_shares() -> None:
    machine = Machine(processes=3)
    machine.run(*(machine.send(number % 3) for number in range(300)))
    assert machine.times[-1] == pytest.approx(297 / 5)
    first = [process for _, process in sorted(machine.sent)[:150]]
    assert [first.count(process) for process in range(3)] == pytest.approx([50] * 3, abs=8)


def test_calls_of_a_process_are_sent_in_order() -> None:
    machine, order = Machine(), list[int]()

    async def send(number: int) -> None:
        await machine.send()
        order.append(number)

    machine.run(*(send(number) for number in range(50)))
    assert order == list(range(50))


def test_images_are_limited_and_do_not_delay_other_requests() -> None:
    machine = Machine(processes=2)
    machine.run(machine.send(0, images=20), machine.send(1, images=2), machine.send(1))
    assert machine.times == pytest.approx([0, 0, 12])


def test_infinite_image_rate_is_not_limited() -> None:
    machine = Machine(limits=RateLimits(5.0, 3, inf))
    machine.run(machine.send(images=1000), machine.send(images=1000))
    assert machine.times == [0, 0]


def test_pause_delays_all_processes_and_allows_no_burst() -> None:
    machine = Machine(processes=2)
    machine.limiters[0].pause(machine.io.now(), 7.0)
    machine.wait_for_threads()
    machine.run(*(machine.send(number % 2) for number in range(4)))
    assert machine.times == pytest.approx([7, 7.2, 7.4, 7.6])


def test_pause_that_begins_meanwhile_delays_calls_that_wait() -> None:
    machine = Machine(processes=2)

    async def pause() -> None:
        await machine.io.sleep(0.1)
        machine.limiters[1].pause(machine.io.now(), 5.0)
        machine.wait_for_threads()

    machine.run(*(machine.send(0) for _ in range(5)), pause())
    assert machine.times == pytest.approx([0, 0, 0, 5.1, 5.3])


def test_no_limit_delays_only_during_a_pause() -> None:
    machine = Machine(processes=2, limits=RateLimits(None, 3, 10.0))
    machine.run(*(machine.send(number % 2, images=number) for number in range(50)))
    assert machine.times == [0] * 50
    machine.limiters[1].pause(machine.io.now(), None)
    machine.wait_for_threads()
    machine.run(machine.send(0))
    assert machine.times[-1] == pytest.approx(1.0)


def test_reported_limits_slow_down_the_process() -> None:
    machine = Machine()
    headers = {"x-ratelimit-limit": "1", "x-ratelimit-burst": "1"}
    machine.limiters[0].apply_server_limits(headers, START)
    machine.run(*(machine.send() for _ in range(3)))
    assert machine.times == pytest.approx([0, 1, 2])


def test_busy_process_spaces_out_the_requests_that_became_due() -> None:
    machine = Machine(limits=RateLimits(5.0, 1, 10.0))
    machine.io = ConcurrentIO(busy={START + 0.3: 2.0})
    machine.store._now = machine.io.now
    machine.run(*(machine.send() for _ in range(6)))
    late = [time for time in machine.times if time > 2]
    assert [after - before for before, after in pairwise(late)] == (
        pytest.approx([0.2] * (len(late) - 1), abs=0.01)
    )


class TestDeadline:
    """A call fails at once if it would be delayed past its deadline."""

    @pytest.mark.parametrize("waiting", [0, 50])
    def test_error(self, waiting: int) -> None:
        machine, failed_at = Machine(limits=RateLimits(1.0, 1, 10.0)), list[float]()

        async def fail() -> None:
            with pytest.raises(RequestTimeoutError, match="past its deadline"):
                await machine.send(seconds=0.9)
            failed_at.append(machine.io.now())

        machine.run(*(machine.send() for _ in range(1 + waiting)), fail())
        assert failed_at == [START]

    def test_tokens_are_refunded(self) -> None:
        machine = Machine(limits=RateLimits(1.0, 1, 10.0))
        machine.run(machine.send())
        with pytest.raises(RequestTimeoutError):
            run_blocking(machine.send(seconds=0.5))
        machine.wait_for_threads()
        machine.run(machine.send())
        assert machine.times == pytest.approx([0, 1])

    def test_image_tokens_are_refunded(self) -> None:
        machine = Machine(limits=RateLimits(1.0, 1, 10.0))
        machine.run(machine.send())
        with pytest.raises(RequestTimeoutError):
            run_blocking(machine.send(images=20, seconds=0.5))
        machine.wait_for_threads()
        machine.run(machine.send(images=20))
        assert machine.times == pytest.approx([0, 1])

    @pytest.mark.parametrize("is_async", [False, True])
    def test_slow_store(self, is_async: bool) -> None:
        machine, may_continue = Machine(), Event()
        machine.store.before_run = may_continue.wait
        url = "http://localhost/v1"
        io = AsyncIO(None, None, url) if is_async else SyncIO(None, None, url)
        machine.io = io  # type: ignore[assignment]
        with pytest.raises(RequestTimeoutError, match="past its deadline"):
            (asyncio.run if is_async else run_blocking)(machine.send(seconds=0.5))
        may_continue.set()
        machine.wait_for_threads()
        machine.wait_for_threads()  # The first operation adds another one.
        assert [each.kind for each in machine.store.operations] == ["reserve", "refund"]


class TestInterruption:
    """An interrupted call returns the tokens that it has reserved or is reserving."""

    def test_during_the_reservation(self) -> None:
        machine = Machine(limits=RateLimits(1.0, 1, 10.0))

        class InterruptedIO(ConcurrentIO):
            async def wait_for(self, future: Future[Any], seconds: float = inf) -> Any:
                future.result()
                raise KeyboardInterrupt

        io = InterruptedIO()
        with pytest.raises(KeyboardInterrupt):
            run_blocking(machine.limiters[0].acquire(io, 0, CallTimer(io.now, None, inf)))
        machine.wait_for_threads()
        assert [each.kind for each in machine.store.operations] == ["reserve", "refund"]
        machine.run(machine.send())
        assert machine.times == [0]

    def test_before_the_reservation(self) -> None:
        machine, may_continue = Machine(), Event()
        machine.workers[0]._submit(may_continue.wait)  # type: ignore[arg-type]

        class InterruptedIO(ConcurrentIO):
            async def wait_for(self, future: Future[Any], seconds: float = inf) -> Any:
                raise KeyboardInterrupt

        io = InterruptedIO()
        with pytest.raises(KeyboardInterrupt):
            run_blocking(machine.limiters[0].acquire(io, 0, CallTimer(io.now, None, inf)))
        may_continue.set()
        machine.wait_for_threads()
        assert machine.store.operations == []


class TestEventLoop:
    """Waiting calls of an event loop neither block it nor keep tokens when they are cancelled."""

    @pytest.fixture
    def machine(self) -> Machine:
        machine = Machine(limits=RateLimits(0.001, 1, 10.0))
        machine.io = AsyncIO(None, None, "http://localhost/v1")  # type: ignore[assignment]
        machine.store._now = time.monotonic
        return machine

    async def test_slow_store_does_not_block_it(self, machine: Machine) -> None:
        may_continue = Event()
        machine.store.before_run = may_continue.wait
        call = asyncio.create_task(machine.send())
        while not machine.store.operations:  # noqa: ASYNC110  # there is no event
            await asyncio.sleep(0)
        may_continue.set()
        await call
        assert len(machine.sent) == 1

    async def test_cancelled_calls_return_their_tokens(self, machine: Machine) -> None:
        calls = [asyncio.create_task(machine.send()) for _ in range(50)]
        _, pending = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        for call in pending:
            call.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        machine.wait_for_threads()
        machine.wait_for_threads()  # A task that was running adds another one.
        limits = BucketLimits(0.001, 1)
        wait = machine.store.run("name:requests", limits, Operation("reserve", 1)).wait
        assert (len(pending), wait) == (49, pytest.approx(1000, abs=100))

    @pytest.mark.parametrize("turns", range(4))
    async def test_call_cancelled_at_any_point_returns_its_token(
        self, machine: Machine, turns: int
    ) -> None:
        call = asyncio.create_task(machine.send())
        for _ in range(turns):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        machine.wait_for_threads()
        machine.wait_for_threads()
        machine.sent.clear()
        limits = BucketLimits(0.001, 1)
        wait = machine.store.run("name:requests", limits, Operation("reserve", 1)).wait
        assert wait == pytest.approx(0 if call.cancelled() else 1000, abs=100)


class TestOutage:
    """While the store is unavailable, each process keeps its own limit."""

    def test_process_keeps_its_own_limit_without_a_burst(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        machine = Machine(processes=2)
        machine.store.is_broken = True
        machine.run(*(machine.send(number % 2) for number in range(8)))
        assert machine.times == pytest.approx([0, 0, 0.2, 0.2, 0.4, 0.4, 0.6, 0.6])
        assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2

    def test_process_that_was_idle_starts_without_a_burst(self) -> None:
        machine = Machine()
        other = SharedRateLimiter(machine.workers[0], "other")
        other.configure(LIMITS)
        machine.limiters.append(other)
        machine.store.is_broken = True
        machine.run(machine.send(0))
        machine.run(machine.send(1), machine.send(1))
        assert machine.times == pytest.approx([0, 0, 0.2])

    def test_calls_that_wait_continue_at_the_own_limit(self) -> None:
        machine = Machine()

        async def stop() -> None:
            await machine.io.sleep(0.3)
            machine.store.is_broken = True

        machine.run(*(machine.send() for _ in range(20)), stop())
        assert len(machine.times) == 20
        assert machine.times[-1] <= 17 / 5 + 1
        for start in machine.times[3:]:
            assert len([time for time in machine.times if start <= time < start + 0.9]) <= 6

    def test_process_returns_to_the_shared_limit_without_a_burst(self) -> None:
        machine = Machine()
        machine.store.is_broken = True
        machine.run(machine.send())
        machine.store.is_broken = False
        machine.io.time = START + SECONDS_BETWEEN_PROBES
        machine.run(machine.send())
        machine.wait_for_threads()
        reserved = len(machine.store.operations)
        machine.io.time = START + 100
        machine.run(machine.send(), machine.send())
        assert machine.times[2:] == pytest.approx([100, 100.2])
        assert [each.kind for each in machine.store.operations[reserved:]][:2] == [
            "pause",
            "reserve",
        ]

    def test_calls_that_wait_return_to_the_shared_limit(self) -> None:
        machine = Machine(processes=2)
        machine.store.is_broken = True

        async def start() -> None:
            await machine.io.sleep(1.0)
            machine.store.is_broken = False
            await machine.io.sleep(SECONDS_BETWEEN_PROBES)
            machine.wait_for_threads()

        machine.run(*(machine.send(number % 2) for number in range(200)), start())
        late = [time for time in machine.times if time > SECONDS_BETWEEN_PROBES + 1.5]
        assert len(late) / (late[-1] - late[0]) == pytest.approx(5, rel=0.05)
