"""Both clients of one configuration, for adapters that serve sync and async callers alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from typing_extensions import Unpack

import ionos_model_hub as hub  # whose `Client` and `AsyncClient` are loaded when first used
from ionos_model_hub._version import __version__
from ionos_model_hub.settings import USER_AGENT, Settings, SettingsOptions

if TYPE_CHECKING:
    from ionos_model_hub import AsyncClient, Client


class Clients:
    """A `Client` and an `AsyncClient` with the same settings, made when first asked for.

    Pickles and deep copies keep the settings and open connections of their own; an `httpx`
    client that was passed in does not travel.

    Args:
        http_client: See `Client`.
        http_async_client: See `AsyncClient`.
        agent: The adapter's name, for the header `user-agent`.
        **options: See `Settings`.

    Raises:
        ConfigurationError: An option is missing or wrong.

    Example:
        >>> clients = Clients(api_key="any", base_url="http://localhost:8400/v1")
        >>> clients.sync is clients.sync
        True
    """

    def __init__(
        self,
        *,
        http_client: httpx.Client | None = None,
        http_async_client: httpx.AsyncClient | None = None,
        agent: str | None = None,
        **options: Unpack[SettingsOptions],
    ) -> None:
        self.settings = Settings(**options)
        if agent is not None:
            own = {"user-agent": f"{agent}/{__version__} {USER_AGENT}"}
            headers = own | dict(self.settings.default_headers)
            self.settings = self.settings.model_copy(update={"default_headers": headers})
        self._http_client = http_client
        self._http_async_client = http_async_client
        self._sync: Client | None = None
        self._aio: AsyncClient | None = None

    @property
    def sync(self) -> Client:
        """The synchronous client."""
        if self._sync is None:
            self._sync = hub.Client.with_settings(self.settings, self._http_client)
        return self._sync

    @property
    def aio(self) -> AsyncClient:
        """The asynchronous client."""
        if self._aio is None:
            self._aio = hub.AsyncClient.with_settings(self.settings, self._http_async_client)
        return self._aio

    def close(self) -> None:
        """Close the connections of synchronous calls."""
        if self._sync is not None:
            self._sync.close()

    async def aclose(self) -> None:
        """Close all connections that this thread and the running loop may close."""
        self.close()
        if self._aio is not None:
            await self._aio.aclose()

    def __reduce__(self) -> tuple[object, ...]:
        return _reopened, (self.settings,)


def _reopened(settings: Settings) -> Clients:
    clients = Clients.__new__(Clients)
    clients.settings = settings
    clients._http_client = clients._http_async_client = None
    clients._sync = clients._aio = None
    return clients
