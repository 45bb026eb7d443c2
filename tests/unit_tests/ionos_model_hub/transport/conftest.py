"""Fixtures for the tests of the transport."""

import pytest


@pytest.fixture
def fixed_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the random numbers of retries predictable."""
    monkeypatch.setattr("ionos_model_hub.transport.runner.random.random", lambda: 0.5)
