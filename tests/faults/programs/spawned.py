"""Workers of a spawning pool get callers by pickle, and the key from their environment.

Arguments: base URL, workers, calls of each caller. The key is in the environment.
"""

import asyncio
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from ionos_model_hub.client_pair import Clients
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

Caller = Clients | ChatIONOS | IONOS


async def answer(caller: Caller, asked: str) -> str:
    if isinstance(caller, Clients):
        return (await caller.aio.chat([{"role": "user", "content": asked}])).text
    if isinstance(caller, ChatIONOS):
        return (await caller.ainvoke(asked)).text
    return (await caller.acomplete(asked)).text


def answer_at_once(caller: Caller, asked: str) -> str:
    if isinstance(caller, Clients):
        return caller.sync.chat([{"role": "user", "content": asked}]).text
    if isinstance(caller, ChatIONOS):
        return caller.invoke(asked).text
    return caller.complete(asked).text


def close(caller: Caller) -> None:
    (caller if isinstance(caller, Clients) else caller.clients).close()


def ask(caller: Caller, number: int) -> int:
    asked = str(number)
    assert answer_at_once(caller, asked) == asyncio.run(answer(caller, asked)) == asked
    close(caller)
    return os.getpid()


def main(base_url: str, workers: int, calls: int) -> None:
    callers = [Clients(base_url=base_url), ChatIONOS(base_url=base_url), IONOS(base_url=base_url)]
    for caller in callers:
        ask(caller, 0)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for caller in callers:
            askers = set(pool.map(partial(ask, caller), range(calls)))
            assert askers
            assert os.getpid() not in askers


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
