"""Pytest fixtures that run the emulator.

Pytest finds this module through an entry point. It imports the emulator when a test uses it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from ionos_model_hub.emulator.recording.fixture import (
    add_option,
    ionos_recording,
    register_marker,
)

if TYPE_CHECKING:
    from ionos_model_hub.emulator import Emulator

__all__ = ["ionos_recording"]

MARKER = "ionos_emulator"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of the fixture `ionos_recording`."""
    add_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    register_marker(config)
    config.addinivalue_line(
        "markers",
        f"{MARKER}(**options): options of Emulator for the fixtures of this test",
    )


@pytest.fixture(scope="session")
def ionos_emulator_server() -> "Iterator[Emulator]":
    """One server for all tests without options of their own."""
    from ionos_model_hub.emulator import Emulator

    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def ionos_emulator(request: pytest.FixtureRequest) -> "Iterator[Emulator]":
    """A running emulator without requests, replies and faults.

    The marker `ionos_emulator` passes options, for example
    `@pytest.mark.ionos_emulator(profile="vllm")`.
    """
    marker = request.node.get_closest_marker(MARKER)
    if marker is None:
        emulator: Emulator = request.getfixturevalue("ionos_emulator_server")
        emulator.reset()
        yield emulator
        return
    from ionos_model_hub.emulator import Emulator as OwnEmulator

    with OwnEmulator(*marker.args, **marker.kwargs) as own:
        yield own


@pytest.fixture
def ionos_emulator_env(ionos_emulator: "Emulator", monkeypatch: pytest.MonkeyPatch) -> "Emulator":
    """The emulator, with `IONOS_API_KEY` and `IONOS_BASE_URL` set for it."""
    monkeypatch.setenv("IONOS_API_KEY", "emulator-key")
    monkeypatch.setenv("IONOS_BASE_URL", ionos_emulator.base_url)
    return ionos_emulator


@pytest.fixture
def ionos_emulator_strict(ionos_emulator_env: "Emulator") -> "Iterator[Emulator]":
    """The emulator with its environment variables, for tests that script every response.

    POST requests without a scripted reply are errors. They, and replies that are not used, fail
    the test.
    """
    ionos_emulator_env.strict = True
    try:
        yield ionos_emulator_env
    finally:
        ionos_emulator_env.strict = False
    ionos_emulator_env.verify()
