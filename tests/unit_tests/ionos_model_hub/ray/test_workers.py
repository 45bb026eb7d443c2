"""Arguments of workers are checked before anything is sent."""

import asyncio
from typing import Any

import pytest

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.ray import IONOSChat, IONOSEmbedder
from ionos_model_hub.ray.workers import all_of


@pytest.mark.parametrize("kind", [IONOSChat, IONOSEmbedder])
@pytest.mark.parametrize(
    ("argument", "value", "reason"),
    [
        ("in_flight", 0, "at least 1"),
        ("on_error", "ignore", "'raise' or 'column'"),
        ("api_key", "a-key-as-text", "must be a function here"),
        ("timeout", -1, "above 0"),
        ("max_retrys", 1, "max_retries"),
    ],
)
def test_a_wrong_argument_is_named(kind: type, argument: str, value: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        kind(**{"api_key": lambda: "key", argument: value})
    assert caught.value.param == argument
    assert "a-key-as-text" not in str(caught.value)


async def test_all_results_come_in_order() -> None:
    async def late(number: int) -> int:
        for _ in range(3 - number):
            await asyncio.sleep(0)
        return number

    assert await all_of(late(number) for number in range(3)) == [0, 1, 2]


async def test_the_first_failure_stops_the_others() -> None:
    stopped: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append(True)
            raise

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ConfigurationError("No.")

    with pytest.raises(ConfigurationError, match="No"):
        await all_of([wait(), fail(), wait()])
    assert stopped == [True, True]
