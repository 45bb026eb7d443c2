"""A process that makes calls: python caller.py URL LOCATION KIND COUNT REQUESTS_PER_SECOND BURST.

It starts all calls at once, with `AsyncClient` or with threads and `Client`. Log records are
written to stderr, and a line to stdout after each call.
"""

import asyncio
import logging
import sys
from concurrent.futures import ThreadPoolExecutor

from ionos_model_hub import AsyncClient, Client

THREADS = 50
USER = [{"role": "user", "content": "Say exactly: Hallo"}]


def report_call() -> None:
    sys.stdout.write("done\n")
    sys.stdout.flush()


async def call_with_tasks(count: int, **options: object) -> None:
    async with AsyncClient(**options) as client:  # type: ignore[arg-type]

        async def call() -> None:
            await client.chat(USER)
            report_call()

        await asyncio.gather(*(call() for _ in range(count)))


def call_with_threads(count: int, **options: object) -> None:
    with Client(**options) as client, ThreadPoolExecutor(THREADS) as threads:  # type: ignore[arg-type]

        def call(number: int) -> None:
            client.chat(USER)
            report_call()

        list(threads.map(call, range(count)))


def main() -> None:
    url, location, kind, count, requests_per_second, burst = sys.argv[1:]
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    options = {
        "api_key": "one-contract",
        "base_url": url,
        "shared_rate_limit": location,
        "requests_per_second": float(requests_per_second),
        "burst": int(burst),
        "timeout": 30,
    }
    if kind == "async":
        asyncio.run(call_with_tasks(int(count), **options))
    else:
        call_with_threads(int(count), **options)


if __name__ == "__main__":
    main()
