import asyncio
import copy
import pickle

from llama_index_ionos.concurrency import LoopGates


async def peak_of(gates: LoopGates, width: int, tasks: int) -> int:
    """Return how many tasks were inside at once; `width` of them have to meet there."""
    inside = peak = 0
    met = asyncio.Barrier(width)

    async def work() -> None:
        nonlocal inside, peak
        async with gates.gate(width):
            inside += 1
            peak = max(peak, inside)
            await met.wait()
            inside -= 1

    await asyncio.gather(*(work() for _ in range(tasks)))
    return peak


def test_it_lets_just_so_many_through() -> None:
    assert asyncio.run(peak_of(LoopGates(), 4, 20)) == 4


def test_it_serves_one_loop_after_the_other_and_forgets_closed_ones() -> None:
    gates = LoopGates()
    for _ in range(5):
        assert asyncio.run(peak_of(gates, 2, 8)) == 2
    assert len(gates._gates) == 1


async def test_each_width_has_a_gate() -> None:
    gates = LoopGates()
    assert gates.gate(2) is gates.gate(2)
    assert gates.gate(2) is not gates.gate(3)


async def test_copies_start_empty() -> None:
    gates = LoopGates()
    async with gates.gate(1):
        for again in (copy.deepcopy(gates), pickle.loads(pickle.dumps(gates))):
            assert not again.gate(1).locked()
