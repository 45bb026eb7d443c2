"""Many event loops in several threads share one client.

Arguments: base URL, number of loops, of threads, and of calls in each loop.
"""

import asyncio
import gc
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from ionos_model_hub.client_pair import Clients


def main(base_url: str, loops: int, threads: int, calls: int) -> None:
    clients = Clients(api_key="any", base_url=base_url)

    async def acall(loop: int, call: int) -> None:
        content = f"loop {loop} asks {call}"
        completion = await clients.aio.chat([{"role": "user", "content": content}])
        assert completion.text == content

    async def acall_many(loop: int) -> None:
        await asyncio.gather(*[acall(loop, call) for call in range(calls // 2)])
        for call in range(calls // 2, calls):
            await acall(loop, call)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with ThreadPoolExecutor(threads) as workers:
        list(workers.map(lambda loop: asyncio.run(acall_many(loop)), range(threads)))
        gc.collect()
        before = len(os.listdir("/proc/self/fd"))
        list(workers.map(lambda loop: asyncio.run(acall_many(loop)), range(loops - threads)))
        gc.collect()
        after = len(os.listdir("/proc/self/fd"))
    assert after <= before, (before, after)
    assert threading.active_count() == 1


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
