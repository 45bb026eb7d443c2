"""A synchronous and an asynchronous client with the same settings, for the adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from typing_extensions import Unpack

from ionos_model_hub._version import __version__
from ionos_model_hub.settings import USER_AGENT, Settings, SettingsOptions

if TYPE_CHECKING:
    from ionos_model_hub.async_client import AsyncClient
    from ionos_model_hub.client import Client


class Clients:
    """A `Client` and an `AsyncClient` with the same settings, created on first use.

    Pickles and deep copies keep the settings and open their own connections. They do not keep an
    httpx client that was passed in.

    Args:
        http_client: See `Client`.
        http_async_client: See `AsyncClient`.
        agent: Name of the adapter, for the header `user-agent`.
        **options: See `Settings`.

    Raises:
        ConfigurationError: A setting is unknown, missing or invalid.

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
            user_agent = {"user-agent": f"{agent}/{__version__} {USER_AGENT}"}
            headers = user_agent | dict(self.settings.default_headers)
            self.settings = self.settings.model_copy(update={"default_headers": headers})
        self._http_client = http_client
        self._http_async_client = http_async_client
        self._sync: Client | None = None
        self._aio: AsyncClient | None = None

    @property
    def sync(self) -> Client:
        """The synchronous client."""
        if self._sync is None:
            from ionos_model_hub.client import Client

            self._sync = Client.with_settings(self.settings, self._http_client)
        return self._sync

    @property
    def aio(self) -> AsyncClient:
        """The asynchronous client."""
        if self._aio is None:
            from ionos_model_hub.async_client import AsyncClient

            self._aio = AsyncClient.with_settings(self.settings, self._http_async_client)
        return self._aio

    def close(self) -> None:
        """Close the connections of synchronous calls."""
        if self._sync is not None:
            self._sync.close()

    async def aclose(self) -> None:
        """Close the connections of synchronous calls, and those of the running loop."""
        self.close()
        if self._aio is not None:
            await self._aio.aclose()

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (self.settings,)


def _restore(settings: Settings) -> Clients:
    clients = Clients.__new__(Clients)
    clients.settings = settings
    clients._http_client = clients._http_async_client = None
    clients._sync = clients._aio = None
    return clients
