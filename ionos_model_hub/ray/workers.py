"""The client of a Ray Data worker, with many calls in flight."""

import asyncio
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Literal, TypeVar

import ray
from typing_extensions import Unpack

from ionos_model_hub.async_client import AsyncClient
from ionos_model_hub.errors import (
    AuthenticationError,
    ConfigurationError,
    ModelHubError,
    NotFoundError,
    PermissionDeniedError,
)
from ionos_model_hub.ray.limit import share_limit
from ionos_model_hub.settings import SettingsOptions, check_option_names

T = TypeVar("T")

OnError = Literal["raise", "column"]
KeyFunction = Callable[[], str | Awaitable[str]]

IN_FLIGHT = 32
"""Calls in flight in one worker: enough for 5 requests/s of 6 s each."""

_ERRORS_OF_ALL_ROWS = (
    AuthenticationError,
    PermissionDeniedError,
    NotFoundError,
    ConfigurationError,
)


class Worker:
    """A client on its own event loop, which runs in a thread.

    Ray Data provides a loop as well, but stops it while blocks are fetched and stored. Calls in
    flight would seem to be idle meanwhile.

    Args:
        owner: The class that the user has called, for errors.
        contract: See `share_limit`.
        in_flight: Maximum number of calls in flight.
        on_error: "raise", or "column" to store errors that single rows may have caused.
        options: See `Settings`.

    Attributes:
        client: The client.
        slots: Limits the calls in flight.
        stores_errors: Whether errors that single rows may have caused are stored in a column.
    """

    def __init__(
        self,
        owner: type,
        *,
        contract: str,
        in_flight: int,
        on_error: OnError,
        **options: Unpack[SettingsOptions],
    ) -> None:
        check_option_names(owner, options)
        _check_arguments(in_flight, on_error, options)
        if ray.is_initialized():
            share_limit(contract)
        self.client = AsyncClient(**options)
        self.slots = asyncio.Semaphore(in_flight)
        self.stores_errors = on_error == "column"
        runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = runner.get_loop()
        threading.Thread(target=_run_loop, args=(runner,), daemon=True).start()
        weakref.finalize(self, _close, self.client, self._loop)

    async def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Return the result of a coroutine that runs on the worker's own loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def store_or_raise(self, error: ModelHubError) -> ModelHubError:
        """Return an error to store in its row; raise one that ends the job."""
        if self.stores_errors and not isinstance(error, _ERRORS_OF_ALL_ROWS):
            return error
        raise error


def _run_loop(runner: asyncio.Runner) -> None:
    with runner:
        runner.get_loop().run_forever()


def _close(client: AsyncClient, loop: asyncio.AbstractEventLoop) -> None:
    closing = asyncio.run_coroutine_threadsafe(client.aclose(), loop)
    closing.add_done_callback(lambda _: loop.call_soon_threadsafe(loop.stop))


def _check_arguments(in_flight: int, on_error: str, options: SettingsOptions) -> None:
    if in_flight < 1:
        raise ConfigurationError(
            f"in_flight must be at least 1, got {in_flight}.", param="in_flight"
        )
    if on_error not in ("raise", "column"):
        raise ConfigurationError(
            f"on_error must be 'raise' or 'column', got {on_error!r}.", param="on_error"
        )
    key = options.get("api_key")
    if key is not None and not callable(key):
        raise ConfigurationError(
            "api_key must be a function here, because Ray would store a string in its task specs.",
            hint="Set IONOS_API_KEY in the environment of the workers.",
            param="api_key",
        )
