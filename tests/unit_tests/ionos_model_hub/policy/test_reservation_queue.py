"""The calls of a process reserve in order, and only a short time ahead."""

from math import inf

import pytest

from ionos_model_hub.policy.reservation_queue import MAX_LEAD, ReservationQueue
from ionos_model_hub.policy.shared_bucket import Operation, run_operation
from ionos_model_hub.policy.token_bucket import FULL, BucketLimits, BucketState

LIMITS = BucketLimits(5.0, 3)


def test_burst_reserves_at_once_and_the_others_at_the_rate() -> None:
    queue = ReservationQueue()
    tickets = [queue.join(100.0) for _ in range(6)]
    turns = [queue.turn(ticket, LIMITS) for ticket in tickets]
    assert turns == pytest.approx([100.0, 100.0, 100.0, 100.2, 100.4, 100.6])


def test_calls_that_arrive_later_do_not_delay_the_first() -> None:
    queue = ReservationQueue()
    first = queue.join(100.0)
    assert queue.turn(first, LIMITS) == 100.0
    queue.join(105.0)
    assert queue.turn(first, LIMITS) == 100.0


def test_rest_of_the_burst_is_reserved_at_once() -> None:
    queue = ReservationQueue()
    first, second, third = (queue.join(100.0) for _ in range(3))
    queue.leave(first)
    queue.reserved(100.0, usable_at=100.0)
    assert [queue.turn(ticket, LIMITS) for ticket in (second, third)] == [100.0, 100.0]


def test_calls_do_not_reserve_far_ahead() -> None:
    queue = ReservationQueue()
    first, second, third = (queue.join(100.0) for _ in range(3))
    queue.reserved(100.0, usable_at=107.0)
    queue.leave(first)
    turns = [queue.turn(ticket, LIMITS) for ticket in (second, third)]
    assert turns == pytest.approx([107.0 - MAX_LEAD, 107.2 - MAX_LEAD])


def test_short_waits_are_reserved_one_after_the_other() -> None:
    queue = ReservationQueue()
    queue.leave(queue.join(100.0))
    queue.reserved(100.0, usable_at=100.4)
    tickets = [queue.join(100.1) for _ in range(3)]
    turns = [queue.turn(ticket, LIMITS) for ticket in tickets]
    assert turns == pytest.approx([100.1, 100.3, 100.5])


def test_calls_leave_in_any_order() -> None:
    queue = ReservationQueue()
    first, second, third = (queue.join(100.0) for _ in range(3))
    queue.leave(second)
    queue.leave(first)
    assert queue.turn(third, BucketLimits(5.0, 1)) == 100.0


def test_infinite_rate_has_no_queue() -> None:
    queue = ReservationQueue()
    tickets = [queue.join(100.0) for _ in range(5)]
    assert {queue.turn(ticket, BucketLimits(inf, 1)) for ticket in tickets} == {100.0}


class Processes:
    """Processes with waiting calls that share a bucket, in virtual time."""

    def __init__(self, calls: list[int], limits: BucketLimits) -> None:
        self.limits = limits
        self.state: BucketState = FULL
        self.queues = [ReservationQueue() for _ in calls]
        self.tickets = [
            [queue.join(100.0) for _ in range(number)]
            for queue, number in zip(self.queues, calls, strict=True)
        ]
        self.granted: list[tuple[float, int]] = []

    def run(self, until: float) -> None:
        """Let the first call of the process whose turn is next reserve, again and again."""
        while candidates := [
            (self.queues[index].turn(tickets[0], self.limits), index)
            for index, tickets in enumerate(self.tickets)
            if tickets
        ]:
            now, index = min(candidates)
            if now > until:
                return
            operation = Operation("reserve", 1)
            self.state, grant = run_operation(self.state, self.limits, operation, now)
            self.queues[index].leave(self.tickets[index].pop(0))
            self.queues[index].reserved(now, now + grant.wait)
            self.granted.append((now + grant.wait, index))


@pytest.mark.parametrize("burst", [1, 9])
@pytest.mark.parametrize("count", [1, 4, 20])
def test_processes_use_the_rate_completely_and_equally(count: int, burst: int) -> None:
    processes = Processes([100] * count, BucketLimits(5.0, burst))
    processes.run(until=inf)
    times = [time for time, _ in processes.granted]
    assert max(times) == pytest.approx(100.0 + (100 * count - burst) / 5)
    half = [index for time, index in sorted(processes.granted)[: 50 * count]]
    shares = [half.count(index) for index in range(count)]
    assert max(shares) - min(shares) <= burst + 5 * MAX_LEAD + 1


def test_killed_process_loses_little() -> None:
    processes = Processes([1000, 0], BucketLimits(5.0, 9))
    processes.run(until=130.0)
    _, grant = run_operation(processes.state, processes.limits, Operation("reserve", 1), 130.0)
    assert grant.wait <= MAX_LEAD + 2 / 5
