"""Make many requests with faults and cancellations; check every answer and what is left over.

    python benchmarks/soak/run.py --requests 1000000 --seconds 3600

The bare client and both adapters take turns, with calls, streams and embeddings, against a server
in a process of its own. They run in rounds: between two of them nothing is under way, so that
whatever is held then is held for good. It ends with 1 if an answer was wrong or something grew.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import quantiles

from callers import Callers, callers_of
from plan import FINAL_IN_STREAMS, Fate, Plan, question, vector
from samples import Log, Sample, faults_of, fill_caches, growth, sample, warm

from ionos_model_hub.errors import ModelHubError

SERVER = Path(__file__).parent / "server.py"
FRESH = 500
"""One in so many requests is made with clients of its own."""


class Soak:
    """Makes requests by a plan, and counts how they ended.

    Args:
        url: The server.
        plan: What becomes of each request.

    Attributes:
        ended: How many requests ended in which way.
        wrong: What should not have happened.
    """

    def __init__(self, url: str, plan: Plan) -> None:
        self.ended: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._url = url
        self._plan = plan
        self._numbers = count()

    async def round(self, callers: Callers, requests: int, concurrency: int) -> list[float]:
        """Make requests, so many at once; return the seconds that each took."""
        seconds: list[float] = []
        left = iter(range(requests))

        async def work() -> None:
            for _ in left:
                began = time.perf_counter()
                await self._request(callers, next(self._numbers))
                seconds.append(time.perf_counter() - began)

        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(work())
        return seconds

    async def _request(self, callers: Callers, number: int) -> None:
        fate = self._plan.fate(number)
        if number % FRESH:
            task = asyncio.create_task(ask(callers, fate, number))
        else:
            task = asyncio.create_task(self._ask_anew(fate, number))
        if fate.cancelled_after is not None:
            await asyncio.wait([task], timeout=fate.cancelled_after)
            task.cancel()
        try:
            problem = await task
        except asyncio.CancelledError:
            self.ended["cancelled"] += 1
        except ModelHubError as error:
            self._note_error(fate, number, error)
        except Exception as error:  # noqa: BLE001  # whatever leaves is a finding
            self.wrong.append(f"{number} {fate}: {error!r}")
        else:
            self.ended["recovered" if fate.fault else "answered"] += 1
            if problem or fate.error:
                self.wrong.append(f"{number} {fate}: {problem or 'should have failed'}")

    async def _ask_anew(self, fate: Fate, number: int) -> str:
        async with callers_of(self._url) as callers:
            return await ask(callers, fate, number)

    def _note_error(self, fate: Fate, number: int, error: ModelHubError) -> None:
        self.ended["failed as it had to"] += 1
        if not fate.error or not isinstance(error, fate.error):
            self.wrong.append(f"{number} {fate}: {error!r}")
        elif fate.fault in FINAL_IN_STREAMS:
            kept = error.partial.text if error.partial else ""
            if not kept or not question(number).startswith(kept):
                self.wrong.append(f"{number} {fate}: kept {kept!r}")


async def ask(callers: Callers, fate: Fate, number: int) -> str:
    """Make one request; return what is wrong with the answer, or ""."""
    asked = question(number)
    if fate.kind == "embed":
        texts = [asked, question(number, "again")]
        vectors = await callers.embed[fate.caller](texts)
        return "" if vectors == [vector(text) for text in texts] else f"{vectors!r:.99}"
    if fate.kind == "chat":
        text = await callers.chat[fate.caller](asked)
    else:
        text = "".join([piece async for piece in callers.stream[fate.caller](asked)])
    return "" if text == asked else repr(text)


@contextmanager
def serving(plan: Plan) -> Iterator[str]:
    """Run the server in a process of its own; give its URL."""
    command = [sys.executable, str(SERVER), str(plan.seed), str(plan.faults)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.communicate()


async def soak(soaked: Soak, url: str, options: argparse.Namespace) -> list[Sample]:
    """Run rounds until there were enough requests or it took long enough."""
    log = Log()
    fill_caches()
    began = time.monotonic()
    requests = 0
    async with callers_of(url) as callers:
        while requests < options.requests and time.monotonic() - began < options.seconds:
            seconds = await soaked.round(callers, options.round, options.concurrency)
            await callers.aclose()  # Idle connections are held on purpose; open new ones.
            requests += options.round
            p99 = quantiles(seconds, n=100)[-1]
            taken = await sample(requests, time.monotonic() - began, p99)
            log.add(taken)
            if options.verbose:
                print(taken, dict(soaked.ended), len(soaked.wrong), flush=True)
    return log.samples()


def report(soaked: Soak, samples: list[Sample]) -> None:
    last, counted = samples[-1], warm(samples)
    print(f"{last.requests:,.0f} requests in {last.seconds:.0f} s, {len(samples)} rounds")
    print(f"  ended     {', '.join(f'{way}: {n:,}' for way, n in soaked.ended.most_common())}")
    print(f"  wrong     {len(soaked.wrong)}")
    print(f"  memory    {counted[0].kib / 1024:.1f} MiB, then {last.kib / 1024:.1f} MiB", end="")
    print(f", {growth(samples, 'kib'):+.3f} KiB in 1,000 requests")
    print(f"  blocks    {counted[0].blocks:,.0f}, then {last.blocks:,.0f}", end="")
    print(f", {growth(samples, 'blocks'):+.3f} in 1,000 requests")
    for name in ("files", "threads", "tasks"):
        held = [getattr(each, name) for each in counted]
        print(f"  {name:9} {min(held):.0f} to {max(held):.0f}")
    third = max(1, len(counted) // 3)
    first, then = (sum(e.p99 for e in part) / third for part in (counted[:third], counted[-third:]))
    print(f"  p99       {first * 1000:.0f} ms in the first third, {then * 1000:.0f} ms in the last")


def main() -> int:
    told = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    told.add_argument("--requests", type=int, default=20_000)
    told.add_argument("--seconds", type=float, default=60)
    told.add_argument("--round", type=int, default=500, help="requests between two looks")
    told.add_argument("--concurrency", type=int, default=64)
    told.add_argument("--faults", type=float, default=0.05, help="share of the requests")
    told.add_argument("--cancels", type=float, default=0.02, help="share of the requests")
    told.add_argument("--seed", type=int, default=20261128)
    told.add_argument("--verbose", action="store_true", help="print a line for each round")
    options = told.parse_args()
    plan = Plan(options.seed, options.faults, options.cancels)
    before = len(os.listdir("/proc/self/fd"))
    with serving(plan) as url:
        soaked = Soak(url, plan)
        samples = asyncio.run(soak(soaked, url, options))
    report(soaked, samples)
    problems = faults_of(samples)
    if (after := len(os.listdir("/proc/self/fd"))) > before:
        problems.append(f"{after - before} descriptors are still open at the end")
    problems += [f"wrong: {each}" for each in soaked.wrong[:20]]
    print("\n".join(problems) or "  all well")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
