"""Workers of a spawned pool receive callers as pickles, and the API key from their environment.

Arguments: base URL, number of workers, number of calls of each caller.
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


async def acall(caller: Caller, content: str) -> str:
    if isinstance(caller, Clients):
        return (await caller.aio.chat([{"role": "user", "content": content}])).text
    if isinstance(caller, ChatIONOS):
        return (await caller.ainvoke(content)).text
    return (await caller.acomplete(content)).text


def call(caller: Caller, content: str) -> str:
    if isinstance(caller, Clients):
        return caller.sync.chat([{"role": "user", "content": content}]).text
    if isinstance(caller, ChatIONOS):
        return caller.invoke(content).text
    return caller.complete(content).text


def close(caller: Caller) -> None:
    (caller if isinstance(caller, Clients) else caller.clients).close()


def call_both(caller: Caller, number: int) -> int:
    """Make a sync and an async call; return the id of this process."""
    content = str(number)
    assert call(caller, content) == asyncio.run(acall(caller, content)) == content
    close(caller)
    return os.getpid()


def main(base_url: str, workers: int, calls: int) -> None:
    callers = [Clients(base_url=base_url), ChatIONOS(base_url=base_url), IONOS(base_url=base_url)]
    for caller in callers:
        call_both(caller, 0)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for caller in callers:
            pids = set(pool.map(partial(call_both, caller), range(calls)))
            assert pids
            assert os.getpid() not in pids


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
