"""Pytest fixtures that run the emulator.

Enable them with `pytest_plugins = ["ionos_model_hub.emulator.pytest_plugin"]` in conftest.py.
"""

from collections.abc import Iterator

import pytest

from ionos_model_hub.emulator.server import Emulator


@pytest.fixture(scope="session")
def ionos_emulator_server() -> Iterator[Emulator]:
    """One server for all tests of a session."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def ionos_emulator(ionos_emulator_server: Emulator) -> Emulator:
    """The emulator, reset before each test."""
    ionos_emulator_server.reset()
    return ionos_emulator_server


@pytest.fixture
def ionos_emulator_env(ionos_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """The emulator, with `IONOS_API_KEY` and `IONOS_BASE_URL` set for it."""
    monkeypatch.setenv("IONOS_API_KEY", "emulator-key")
    monkeypatch.setenv("IONOS_BASE_URL", ionos_emulator.base_url)
    return ionos_emulator
