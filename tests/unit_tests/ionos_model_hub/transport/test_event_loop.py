"""Asynchronous calls without asyncio, as under trio."""

from collections.abc import Awaitable, Callable
from concurrent.futures import Future

import httpx
import pytest
from faults.scripted_sockets import request, run

from ionos_model_hub import AsyncClient
from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.transport.async_io import AsyncIO, gather_or_cancel
from ionos_model_hub.transport.event_loop import running_loop

URL = "https://hub.example/v1"


async def test_running_loop() -> None:
    assert running_loop().is_running()


@pytest.mark.parametrize(
    "wait",
    [
        lambda io: io.send(request()),
        lambda io: io.sleep(0),
        lambda io: io.wait_for(Future()),
        lambda io: io.aclose(),
        lambda io: gather_or_cancel([]),
    ],
    ids=["send", "sleep", "wait_for", "aclose", "gather"],
)
def test_waiting_needs_asyncio(wait: Callable[[AsyncIO], Awaitable[object]]) -> None:
    async def wait_without_loop() -> None:
        await wait(AsyncIO(None, None, URL))

    with pytest.raises(ConfigurationError, match="need asyncio") as caught:
        run(wait_without_loop())
    assert caught.value.__context__ is None


@pytest.mark.parametrize("http_client", [None, httpx.AsyncClient()], ids=["own", "httpx"])
def test_call_without_asyncio_is_not_retried(http_client: httpx.AsyncClient | None) -> None:
    client = AsyncClient(api_key="any", base_url=URL, max_retries=2, http_client=http_client)
    with pytest.raises(ConfigurationError, match="no asyncio event loop is running") as caught:
        run(client.models())
    assert "asyncio.run" in str(caught.value.hint)
    assert caught.value.attempts == 1
