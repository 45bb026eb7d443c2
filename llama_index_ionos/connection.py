"""Base class of the models in this package."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
from llama_index.core.schema import BaseComponent
from pydantic import BaseModel, ConfigDict

from ionos_model_hub.client_pair import Clients
from ionos_model_hub.connection_fields import ConnectionMixin
from ionos_model_hub.settings import SettingsOptions
from ionos_model_hub.settings.arguments import rename_arguments
from ionos_model_hub.settings.fields import field_names


class ConnectionArguments(SettingsOptions, total=False):
    """The keyword arguments of every class in this package."""

    api_base: str | None
    http_client: httpx.Client | None
    async_http_client: httpx.AsyncClient | None
    http_async_client: httpx.AsyncClient | None


class Connection(ConnectionMixin, BaseComponent):
    """Connection fields and clients of a model. Inherit it before LlamaIndex's own classes.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid; `param` names it.
    """

    model_config = ConfigDict(defer_build=False)

    user_agent: ClassVar[str] = "llama-index-ionos"
    argument_aliases: ClassVar[Mapping[str, str]] = {
        "api_base": "base_url",
        "async_http_client": "http_async_client",
    }
    shared_by_copies: ClassVar[tuple[str, ...]] = (
        *ConnectionMixin.shared_by_copies,
        "callback_manager",
        "rate_limiter",
        "embeddings_cache",
    )

    if TYPE_CHECKING:

        def __init__(self, **arguments: Any) -> None: ...

    @property
    def api_base(self) -> str | None:
        """Another name of `base_url`."""
        return self.base_url

    @api_base.setter
    def api_base(self, url: str | None) -> None:
        self.base_url = url

    @property
    def async_http_client(self) -> httpx.AsyncClient | None:
        """Another name of `http_async_client`."""
        return self.http_async_client

    @async_http_client.setter
    def async_http_client(self, client: httpx.AsyncClient | None) -> None:
        self.http_async_client = client

    def __setstate__(self, state: dict[str, Any]) -> None:
        # The base class calls `__init__`, which would fail in a worker without an API key.
        missing = {
            name: field.get_default(call_default_factory=True, validated_data={})
            for name, field in type(self).model_fields.items()
            if name not in state["__dict__"]
        }
        BaseModel.__setstate__(self, {**state, "__dict__": {**missing, **state["__dict__"]}})


def clients_for(owner: str, arguments: ConnectionArguments, own: Collection[str]) -> Clients:
    """Return the clients for a class that is not a `Connection`.

    Args:
        owner: Name of the class, for errors.
        arguments: The arguments about the connection that were passed to the class.
        own: Names of its other arguments.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid.
    """
    names = {**field_names(Connection), **{name: name for name in own}}
    return Connection(**rename_arguments(arguments, names, owner)).clients
