"""Children forked after use make calls at the same time as their parent, each with its records.

Arguments: base URL, number of children, number of calls of each.
"""

import asyncio
import os
import signal
import sys
import threading

from ionos_model_hub.client_pair import Clients
from ionos_model_hub.telemetry import CallRecord

CHILD_TIMEOUT = 60

records: list[CallRecord] = []


def question(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"{os.getpid()} asks {number}"}]


def call(clients: Clients, numbers: range) -> None:
    for number in numbers:
        messages = question(number)
        assert clients.sync.chat(messages).text == messages[0]["content"]


async def acall(clients: Clients, numbers: range) -> None:
    for number in numbers:
        messages = question(number)
        assert (await clients.aio.chat(messages)).text == messages[0]["content"]


def run_child(clients: Clients, calls: int) -> None:
    """Make sync and async calls, and exit as children of multiprocessing do."""
    signal.alarm(CHILD_TIMEOUT)
    status = 1
    records.clear()
    try:
        call(clients, range(calls // 2))
        asyncio.run(acall(clients, range(calls // 2, calls)))
        assert [record.outcome for record in records] == ["success"] * calls
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def main(base_url: str, children: int, calls: int) -> None:
    clients = Clients(api_key="any", base_url=base_url, on_call=records.append)
    call(clients, range(3))
    asyncio.run(acall(clients, range(3)))
    stop = threading.Event()

    def call_until_stopped() -> None:
        while not stop.is_set():
            call(clients, range(1))

    threads = [threading.Thread(target=call_until_stopped) for _ in range(3)]
    for thread in threads:
        thread.start()
    pids: list[int] = []
    for _ in range(children):
        call(clients, range(5))
        pids.append(os.fork())
        if not pids[-1]:
            run_child(clients, calls)
    statuses = [os.waitpid(pid, 0)[1] for pid in pids]
    stop.set()
    for thread in threads:
        thread.join()
    call(clients, range(3))
    clients.close()
    assert statuses == [0] * children, statuses


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
