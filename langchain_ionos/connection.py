"""What every class of this package has in common: how it reaches the hub."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from operator import itemgetter
from typing import Annotated, Any, Literal, Self, cast

import httpx
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    WithJsonSchema,
)
from pydantic.json_schema import SkipJsonSchema

from ionos_model_hub.client_pair import Clients
from ionos_model_hub.credentials import KeySource, as_key
from ionos_model_hub.errors import ConfigurationError, did_you_mean
from ionos_model_hub.settings import SETTINGS, SettingsOptions, checked

ApiKey = Annotated[
    KeySource,
    PlainSerializer(lambda _: "**********", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "password", "writeOnly": True}),
]

ModelId = Annotated[str, Field(validation_alias=AliasChoices("model", "model_name"))]

_connection_of = itemgetter(*SETTINGS, "http_client", "http_async_client")


class Connection(BaseModel):
    """The connection fields, and the clients they lead to.

    Inherit it after LangChain's own models, whose `model_post_init` must come first.

    A changed field counts from the next call. Copies and pickles open connections of their own;
    a pickle holds neither the key nor the `http_client`s (see `ionos_model_hub.credentials.Key`).

    Attributes:
        api_key: Key or token, or a function, sync or async, that is asked for it at each request.
            Default: IONOS_API_KEY, IONOS_API_TOKEN or IONOS_TOKEN, the first that is set.
        base_url: Where the API is, `/v1` included. Default: IONOS_BASE_URL, else the hub.
        timeout: Seconds of silence after which an attempt ends; None waits for ever.
        connect_timeout: Seconds for a connection to be made.
        deadline: Seconds for a whole call, with its waits and retries; None sets no bound.
        max_retries: Requests sent again after a passing failure, at most.
        requests_per_second: Pace, shared by all users of one key in this process; None sets none.
            "auto" is the hub's documented 5, and none on the local machine.
        burst: Requests that may go out at once after a pause.
        images_per_minute: Pace of images, where there is a pace at all.
        max_response_bytes: Longest answer that is read.
        default_headers: Sent with every request. As they may hold secrets, they are left out of
            repr, JSON and traces.
        default_query: Query parameters of every request; left out likewise.
        proxy: URL of a proxy; left out likewise. Default: the environment's.
        fix_model_quirks: Whether known faults of models are mended in their answers.
        http_client: An `httpx.Client` of your own for synchronous calls; yours to close.
        http_async_client: An `httpx.AsyncClient` of your own, for one event loop; yours to close.

    Raises:
        ConfigurationError: A name is unknown, or a value is missing or wrong (a ValueError).
        pydantic.ValidationError: A value is of the wrong type (a ValueError, too).
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        protected_namespaces=(),
    )

    api_key: ApiKey | None = Field(
        default=None, repr=False, validation_alias=AliasChoices("api_key", "ionos_api_key")
    )
    base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("base_url", "ionos_base_url")
    )
    timeout: float | None = Field(
        default=120.0, validation_alias=AliasChoices("timeout", "request_timeout")
    )
    connect_timeout: float = 5.0
    deadline: float | None = None
    max_retries: int = 2
    requests_per_second: float | Literal["auto"] | None = "auto"
    burst: int = 9
    images_per_minute: float = 10.0
    max_response_bytes: int = 64 * 1024 * 1024
    default_headers: Mapping[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    default_query: Mapping[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    proxy: str | None = Field(default=None, exclude=True, repr=False)
    fix_model_quirks: bool = True
    http_client: SkipJsonSchema[httpx.Client | None] = Field(default=None, exclude=True, repr=False)
    http_async_client: SkipJsonSchema[httpx.AsyncClient | None] = Field(
        default=None, exclude=True, repr=False
    )

    _clients: Clients | None = PrivateAttr(default=None)
    _connected_as: tuple[object, ...] = PrivateAttr(default=())

    def __init__(self, **fields: Any) -> None:
        _refuse_unknown(type(self), fields)
        for name in ("api_key", "ionos_api_key"):
            if fields.get(name) is not None:
                fields[name] = as_key(fields[name])
        super().__init__(**fields)
        key, url = checked(vars(self))
        self.__dict__.update(api_key=key, base_url=url)

    @property
    def clients(self) -> Clients:
        """The clients behind this object, with its fields as they are now.

        Raises:
            ConfigurationError: A field was changed to a wrong value.
        """
        wanted = _connection_of(vars(self))
        if self._clients is None or wanted != self._connected_as:
            self._clients = Clients(
                agent="langchain-ionos",
                http_client=self.http_client,
                http_async_client=self.http_async_client,
                **self._options(),
            )
            self._connected_as = wanted
        return self._clients

    def close(self) -> None:
        """Close the connections of synchronous calls; a later call opens new ones."""
        self.clients.close()

    async def aclose(self) -> None:
        """Close all connections that this thread and the running loop may close."""
        await self.clients.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "api_key" and value is not None:
            value = as_key(value)
        super().__setattr__(name, value)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        shared = {id(client): client for client in (self.http_client, self.http_async_client)}
        copied = super().__deepcopy__({**(memo or {}), **shared})
        copied._clients = None
        return copied

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        fields = {**state["__dict__"], "http_client": None, "http_async_client": None}
        private = {**(state["__pydantic_private__"] or {}), "_clients": None, "_connected_as": ()}
        return {**state, "__dict__": fields, "__pydantic_private__": private}

    def _options(self) -> SettingsOptions:
        fields = vars(self)
        return cast("SettingsOptions", {name: fields[name] for name in SETTINGS})


def _refuse_unknown(kind: type[BaseModel], given: Mapping[str, object]) -> None:
    known = _names(kind)
    if given.keys() <= known:
        return
    name = next(name for name in given if name not in known)
    hint = f"{did_you_mean(name, known) or ''} "
    if "extra_body" in kind.model_fields:
        hint += "Fields of the API that have no argument here go into extra_body."
    raise ConfigurationError(
        f"{kind.__name__} takes no argument {name!r}.", hint=hint.strip() or None, param=name
    )


@cache
def _names(kind: type[BaseModel]) -> frozenset[str]:
    names = set(kind.model_fields)
    for field in kind.model_fields.values():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
        names.update(choice for choice in choices if isinstance(choice, str))
    return frozenset(names)
