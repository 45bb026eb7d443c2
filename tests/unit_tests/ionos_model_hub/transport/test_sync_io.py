"""I/O of the synchronous client, and the clock of both."""

import threading
import time
from concurrent.futures import Future

import pytest

from ionos_model_hub.transport import sync_io
from ionos_model_hub.transport.async_io import AsyncIO
from ionos_model_hub.transport.sync_io import SyncIO, run_blocking


def test_signal_handler_may_close_the_client_while_it_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    io = SyncIO(None, None, "https://hub.example/v1")

    def interrupted(*_: object) -> None:
        io.close()

    monkeypatch.setattr(sync_io, "proxy_for", interrupted)
    assert io._get_http() is io._get_http()
    io.close()


@pytest.mark.parametrize("kind", [SyncIO, AsyncIO])
def test_clock_runs_while_time_is_frozen(
    kind: type[SyncIO | AsyncIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    io = kind(None, None, "https://hub.example/v1")
    before = io.now()
    monkeypatch.setattr(time, "monotonic", lambda: before)
    time.sleep(0.01)
    assert io.now() > before


def test_deadline_that_locks_reject_is_not_applied() -> None:
    io = SyncIO(None, None, "https://hub.example/v1")
    future: Future[str] = Future()
    timer = threading.Timer(0.01, future.set_result, ["granted"])
    timer.start()
    assert run_blocking(io.wait_for(future, 1e12)) == "granted"
    timer.join()
