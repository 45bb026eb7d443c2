"""Read rows in a background thread, so that waiting for input does not block the event loop."""

import queue
import threading
from collections.abc import Iterable, Iterator

from ionos_model_hub.cli.embed.records import Reject, Row

_MAX_WAITING = 1024
_Waiting = queue.Queue[Row | Reject | BaseException | None]


def read_in_background(rows: Iterable[Row | Reject]) -> Iterator[Row | Reject | None]:
    """Yield rows as they become available, and None whenever there is none yet.

    The thread does not keep the process alive: an interrupted run ends although the thread waits
    for data.
    """
    waiting: _Waiting = queue.Queue(_MAX_WAITING)
    threading.Thread(target=_read, args=(rows, waiting), name="read-stdin", daemon=True).start()
    while True:
        try:
            item = waiting.get_nowait()
        except queue.Empty:
            yield None
            continue
        if item is None:
            return
        if isinstance(item, BaseException):
            raise item
        yield item


def _read(rows: Iterable[Row | Reject], waiting: _Waiting) -> None:
    try:
        for row in rows:
            waiting.put(row)
        waiting.put(None)
    except BaseException as error:  # noqa: BLE001  # raised again by the consumer
        waiting.put(error)
