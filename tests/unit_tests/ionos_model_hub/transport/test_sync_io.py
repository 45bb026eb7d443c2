"""I/O of the synchronous client."""

import pytest

from ionos_model_hub.transport import sync_io
from ionos_model_hub.transport.sync_io import SyncIO


def test_signal_handler_may_close_the_client_while_it_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    io = SyncIO(None, None)

    def interrupted(_: str | None) -> bool:
        io.close()
        return False

    monkeypatch.setattr(sync_io, "uses_proxy", interrupted)
    assert io._get_http() is io._get_http()
    io.close()
