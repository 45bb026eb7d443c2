"""I/O of the synchronous client, and the clock of both."""

import time

import pytest

from ionos_model_hub.transport import sync_io
from ionos_model_hub.transport.async_io import AsyncIO
from ionos_model_hub.transport.sync_io import SyncIO


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
