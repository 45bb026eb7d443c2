"""Children forked after use, each making calls of its own beside its parent's.

Arguments: base URL, number of children, calls of each.
"""

import asyncio
import os
import signal
import sys
import threading

from ionos_model_hub.client_pair import Clients

PATIENCE = 60


def question(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"{os.getpid()} asks {number}"}]


def ask(clients: Clients, numbers: range) -> None:
    for number in numbers:
        asked = question(number)
        assert clients.sync.chat(asked).text == asked[0]["content"]


async def aask(clients: Clients, numbers: range) -> None:
    for number in numbers:
        asked = question(number)
        assert (await clients.aio.chat(asked)).text == asked[0]["content"]


def child(clients: Clients, calls: int) -> None:
    """Make calls both ways, and leave as multiprocessing's children do."""
    signal.alarm(PATIENCE)
    status = 1
    try:
        ask(clients, range(calls // 2))
        asyncio.run(aask(clients, range(calls // 2, calls)))
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def main(base_url: str, children: int, calls: int) -> None:
    clients = Clients(api_key="any", base_url=base_url)
    ask(clients, range(3))
    asyncio.run(aask(clients, range(3)))
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            ask(clients, range(1))

    busy = [threading.Thread(target=keep_asking) for _ in range(3)]
    for thread in busy:
        thread.start()
    born: list[int] = []
    for _ in range(children):
        ask(clients, range(5))
        born.append(os.fork())
        if not born[-1]:
            child(clients, calls)
    ended = [os.waitpid(pid, 0)[1] for pid in born]
    stop.set()
    for thread in busy:
        thread.join()
    ask(clients, range(3))
    clients.close()
    assert ended == [0] * children, ended


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
