"""Workers of a spawning pool get clients by pickle, and the key from their environment.

Arguments: base URL, workers, calls. The key is in the environment.
"""

import asyncio
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from ionos_model_hub.clients import Clients


def ask(clients: Clients, number: int) -> int:
    asked = [{"role": "user", "content": str(number)}]

    async def aask() -> str:
        return (await clients.aio.chat(asked)).text

    assert clients.sync.chat(asked).text == asyncio.run(aask()) == str(number)
    clients.close()
    return os.getpid()


def main(base_url: str, workers: int, calls: int) -> None:
    clients = Clients(base_url=base_url)
    ask(clients, 0)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        askers = set(pool.map(partial(ask, clients), range(calls)))
    assert askers
    assert os.getpid() not in askers


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
