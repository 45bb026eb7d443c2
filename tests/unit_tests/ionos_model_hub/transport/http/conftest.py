"""A clock for the tests of the HTTP client."""

import pytest
from faults.scripted_sockets import FakeClock

from ionos_model_hub.transport.http import pool, response


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Replace the clock of the pool and of responses."""
    clock = FakeClock()
    for module in (pool, response):
        monkeypatch.setattr(module, "monotonic", clock)
    return clock
