"""Send many requests with faults and cancellations; check every response and all resources.

    python benchmarks/soak/run.py --requests 1000000 --seconds 3600

The bare client and both adapters alternate with calls, streams and embeddings, against a server in
another process. They run in rounds: between two rounds no request is in flight, so that resources
still held then are leaked. The exit code is 1 if a response was wrong or a resource grew.
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

from callers import Callers, open_callers
from plan import FINAL_IN_STREAMS, Outcome, Plan, question, vector
from samples import Log, Sample, fill_caches, growth, sample, violations, warm

from ionos_model_hub.errors import ModelHubError

SERVER = Path(__file__).parent / "server.py"
NEW_CLIENTS_EVERY = 500
"""Every 500th request uses new clients."""


class Soak:
    """Sends requests according to a plan, and counts their outcomes.

    Args:
        url: The server.
        plan: The outcome of each request.

    Attributes:
        ended: Number of requests by outcome.
        wrong: Unexpected outcomes.
    """

    def __init__(self, url: str, plan: Plan) -> None:
        self.ended: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._url = url
        self._plan = plan
        self._numbers = count()

    async def round(self, callers: Callers, requests: int, concurrency: int) -> list[float]:
        """Send requests, `concurrency` at a time; return the seconds that each took."""
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
        outcome = self._plan.outcome(number)
        if number % NEW_CLIENTS_EVERY:
            task = asyncio.create_task(ask(callers, outcome, number))
        else:
            task = asyncio.create_task(self._ask_with_new_clients(outcome, number))
        if outcome.cancelled_after is not None:
            await asyncio.wait([task], timeout=outcome.cancelled_after)
            task.cancel()
        try:
            problem = await task
        except asyncio.CancelledError:
            self.ended["cancelled"] += 1
        except ModelHubError as error:
            self._check_error(outcome, number, error)
        except Exception as error:  # noqa: BLE001  # any other error is a finding
            self.wrong.append(f"{number} {outcome}: {error!r}")
        else:
            self.ended["recovered" if outcome.fault else "answered"] += 1
            if problem or outcome.error:
                self.wrong.append(f"{number} {outcome}: {problem or 'should have failed'}")

    async def _ask_with_new_clients(self, outcome: Outcome, number: int) -> str:
        async with open_callers(self._url) as callers:
            return await ask(callers, outcome, number)

    def _check_error(self, outcome: Outcome, number: int, error: ModelHubError) -> None:
        self.ended["failed as planned"] += 1
        if not outcome.error or not isinstance(error, outcome.error):
            self.wrong.append(f"{number} {outcome}: {error!r}")
        elif outcome.fault in FINAL_IN_STREAMS:
            received = error.partial.text if error.partial else ""
            if not received or not question(number).startswith(received):
                self.wrong.append(f"{number} {outcome}: received {received!r}")


async def ask(callers: Callers, outcome: Outcome, number: int) -> str:
    """Send one request; return the problem with its response, or ""."""
    prompt = question(number)
    if outcome.kind == "embed":
        texts = [prompt, question(number, "again")]
        vectors = await callers.embed[outcome.caller](texts)
        return "" if vectors == [vector(text) for text in texts] else f"{vectors!r:.99}"
    if outcome.kind == "chat":
        text = await callers.chat[outcome.caller](prompt)
    else:
        text = "".join([piece async for piece in callers.stream[outcome.caller](prompt)])
    return "" if text == prompt else repr(text)


@contextmanager
def serving(plan: Plan) -> Iterator[str]:
    """Run the server in another process; yield its URL."""
    command = [sys.executable, str(SERVER), str(plan.seed), str(plan.faults)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.communicate()


async def soak(test: Soak, url: str, options: argparse.Namespace) -> list[Sample]:
    """Run rounds until the number of requests or the time limit is reached."""
    log = Log()
    fill_caches()
    began = time.monotonic()
    requests = 0
    async with open_callers(url) as callers:
        while requests < options.requests and time.monotonic() - began < options.seconds:
            seconds = await test.round(callers, options.round, options.concurrency)
            await (
                callers.aclose()
            )  # Idle connections are kept on purpose; the next round opens new ones.
            requests += options.round
            p99 = quantiles(seconds, n=100)[-1]
            taken = await sample(requests, time.monotonic() - began, p99)
            log.add(taken)
            if options.verbose:
                print(taken, dict(test.ended), len(test.wrong), flush=True)
    return log.samples()


def report(test: Soak, samples: list[Sample]) -> None:
    last, measured = samples[-1], warm(samples)
    print(f"{last.requests:,.0f} requests in {last.seconds:.0f} s, {len(samples)} rounds")
    ended = ", ".join(f"{outcome}: {count:,}" for outcome, count in test.ended.most_common())
    print(f"  ended     {ended}")
    print(f"  wrong     {len(test.wrong)}")
    print(f"  memory    {measured[0].kib / 1024:.1f} MiB, then {last.kib / 1024:.1f} MiB", end="")
    print(f", {growth(samples, 'kib'):+.3f} KiB per 1,000 requests")
    print(f"  blocks    {measured[0].blocks:,.0f}, then {last.blocks:,.0f}", end="")
    print(f", {growth(samples, 'blocks'):+.3f} per 1,000 requests")
    for name in ("files", "threads", "tasks"):
        held = [getattr(each, name) for each in measured]
        print(f"  {name:9} {min(held):.0f} to {max(held):.0f}")
    third = max(1, len(measured) // 3)
    first, then = (
        sum(e.p99 for e in part) / third for part in (measured[:third], measured[-third:])
    )
    print(f"  p99       {first * 1000:.0f} ms in the first third, {then * 1000:.0f} ms in the last")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--round", type=int, default=500, help="requests between two measurements")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--faults", type=float, default=0.05, help="share of the requests")
    parser.add_argument("--cancels", type=float, default=0.02, help="share of the requests")
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--verbose", action="store_true", help="print a line for each round")
    options = parser.parse_args()
    plan = Plan(options.seed, options.faults, options.cancels)
    before = len(os.listdir("/proc/self/fd"))
    with serving(plan) as url:
        test = Soak(url, plan)
        samples = asyncio.run(soak(test, url, options))
    report(test, samples)
    problems = violations(samples)
    if (after := len(os.listdir("/proc/self/fd"))) > before:
        problems.append(f"{after - before} descriptors are still open at the end")
    problems += [f"wrong: {each}" for each in test.wrong[:20]]
    print("\n".join(problems) or "  all criteria met")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
