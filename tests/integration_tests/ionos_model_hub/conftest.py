"""A fixture that runs a test with both clients."""

import pytest
from integration_tests.ionos_model_hub.client_callers import AsyncCaller, Caller, SyncCaller

from ionos_model_hub.emulator import Emulator


@pytest.fixture(params=[SyncCaller, AsyncCaller], ids=["sync", "async"])
def caller(request: pytest.FixtureRequest, ionos_emulator: Emulator) -> Caller:
    """Calls the emulator with `Client` or `AsyncClient`."""
    created: Caller = request.param(api_key="any", base_url=ionos_emulator.base_url)
    return created
