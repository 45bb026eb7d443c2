"""Base of both adapters' classes: the connection fields and the clients that they configure."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, ClassVar, Self

import httpx
from pydantic import Field, PrivateAttr
from pydantic.json_schema import SkipJsonSchema

from ionos_model_hub.client_pair import Clients
from ionos_model_hub.credentials import as_key
from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings.checks import split_timeout
from ionos_model_hub.settings.fields import SETTINGS, ConnectionFields

_HTTP_CLIENTS = ("http_client", "http_async_client")
_OBSERVERS = ("on_call", "prices", "telemetry")

_connection_values = itemgetter(*SETTINGS, *_HTTP_CLIENTS)


class ConnectionMixin(ConnectionFields):
    """Connection fields and clients of a framework's model.

    Changed fields take effect with the next call. Copies and pickles open their own connections.
    Deep copies share the `httpx` clients, `on_call`, `prices` and `telemetry`. Pickles contain
    neither the API key (see `ionos_model_hub.credentials.Key`) nor the `httpx` clients.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid; `param` names it.
    """

    user_agent: ClassVar[str]
    """Name of the adapter in the header `user-agent`."""

    shared_by_copies: ClassVar[tuple[str, ...]] = (*_HTTP_CLIENTS, *_OBSERVERS)
    """Fields that deep copies share with the original."""

    left_out_of_repr: ClassVar[frozenset[str]] = frozenset()
    """Fields that the framework sets."""

    http_client: SkipJsonSchema[httpx.Client | None] = Field(
        default=None,
        exclude=True,
        repr=False,
        description="An `httpx.Client` for synchronous calls. It is not closed. Until the response "
        "head has arrived, only httpx's own limits apply: `timeout` limits each read.",
    )
    http_async_client: SkipJsonSchema[httpx.AsyncClient | None] = Field(
        default=None,
        exclude=True,
        repr=False,
        description="An `httpx.AsyncClient` for one event loop. It is not closed.",
    )

    # The values of the connection fields when the clients were created, and the clients.
    _connected: tuple[tuple[object, ...], Clients] | None = PrivateAttr(default=None)

    @property
    def clients(self) -> Clients:
        """The clients for the current values of the fields.

        Raises:
            ConfigurationError: A field was changed to an invalid value.
        """
        fields = vars(self)
        values = _connection_values(fields)
        connected = self._connected
        if connected is None or connected[0] != values:
            clients = Clients(
                agent=self.user_agent,
                http_client=self.http_client,
                http_async_client=self.http_async_client,
                **{name: fields[name] for name in SETTINGS},
            )
            connected = self._connected = values, clients
        return connected[1]

    def __setattr__(self, name: str, value: Any) -> None:
        for field, checked in self._checked(name, value).items():
            super().__setattr__(field, checked)

    def _checked(self, name: str, value: Any) -> dict[str, Any]:
        """Return the fields to set when a value is assigned to one."""
        if value is None or name not in ("api_key", "timeout"):
            return {name: value}
        try:
            return {name: as_key(value)} if name == "api_key" else split_timeout(value)
        except ConfigurationError as error:
            failure = error.convert(self.configuration_error)
        raise failure

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield the model, and the fields that were set and are not functions."""
        shown = {"model", "model_name"} | self.model_fields_set - self.left_out_of_repr
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if name in shown and field.repr and not callable(value):
                yield name, value

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        memo = {} if memo is None else memo
        for part in (getattr(self, name, None) for name in self.shared_by_copies):
            memo[id(part)] = part
        copied = super().__deepcopy__(memo)
        copied._connected = None
        return copied

    def __getstate__(self) -> dict[Any, Any]:
        # The base class in LlamaIndex deletes fields that cannot be pickled. Therefore it gets a
        # copy, without the observers: an observer that cannot be pickled is an error.
        observers = {name: getattr(self, name) for name in _OBSERVERS}
        copied = self.model_copy(update=dict.fromkeys((*_HTTP_CLIENTS, *_OBSERVERS)))
        copied._connected = None
        state = super(ConnectionMixin, copied).__getstate__()
        return {**state, "__dict__": {**state["__dict__"], **observers}}

    def close(self) -> None:
        """Close the connections of synchronous calls. Later calls open new ones."""
        self.clients.close()

    async def aclose(self) -> None:
        """Close all connections that this thread and the running event loop may close."""
        await self.clients.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()
