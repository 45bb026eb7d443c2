"""What may interrupt the synchronous shell."""

import pytest

from ionos_model_hub.transport import sync_io as blocking_io
from ionos_model_hub.transport.sync_io import SyncIO


def test_a_client_may_be_closed_while_its_thread_opens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    io = SyncIO(None, None)

    def interrupted(_: str | None) -> bool:
        io.close()
        return False

    monkeypatch.setattr(blocking_io, "uses_proxy", interrupted)
    assert io._start() is io._start()
    io.close()
