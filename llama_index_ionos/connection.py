"""What every class of this package has in common: how it reaches the hub."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import itemgetter
from typing import Any, ClassVar, Literal, Self, cast

import httpx
from llama_index.core.schema import BaseComponent
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SkipValidation

from ionos_model_hub.client_pair import Clients
from ionos_model_hub.credentials import KeySource, as_key
from ionos_model_hub.errors import ConfigurationError, did_you_mean
from ionos_model_hub.settings import SETTINGS, SettingsOptions, checked

ALIASES: Mapping[str, str] = {"base_url": "api_base"}

AGENT = "llama-index-ionos"
_NAMES = tuple("api_base" if name == "base_url" else name for name in SETTINGS)
_connection_of = itemgetter(*_NAMES, "http_client", "async_http_client")
_SHARED = (
    "http_client",
    "async_http_client",
    "callback_manager",
    "rate_limiter",
    "embeddings_cache",
)


class ConnectionArguments(SettingsOptions, total=False):
    """The keyword arguments that every class of this package takes."""

    api_base: str | None
    http_client: httpx.Client | None
    async_http_client: httpx.AsyncClient | None


class Connection(BaseComponent):
    """The connection fields, and the clients they lead to. Inherit it first.

    Defaults and meaning are those of `ionos_model_hub.Settings`. A changed field counts from the
    next call. Copies and pickles open connections of their own. A deep copy shares what is a
    resource: `httpx` clients, callback manager, rate limiter, cache. A pickle holds neither the
    key (see `ionos_model_hub.credentials.Key`) nor the `httpx` clients.

    Attributes:
        api_key: Key or token, or a function, sync or async, that is asked for it at each request.
            Default: IONOS_API_KEY, IONOS_API_TOKEN or IONOS_TOKEN, the first that is set. It is
            in no repr, dump or payload.
        api_base: Where the API is, `/v1` included; the argument `base_url` means the same.
            Default: IONOS_BASE_URL, else the hub.
        timeout: Seconds of silence after which an attempt ends; None waits for ever.
        connect_timeout: Seconds for a connection to be made.
        deadline: Seconds for a whole call, with its waits and retries; None sets no bound.
        max_retries: Requests sent again after a passing failure, at most.
        requests_per_second: Pace, shared by all users of one key in this process; None sets none.
        burst: Requests that may go out at once after a pause.
        images_per_minute: Pace of images, where there is a pace at all.
        max_response_bytes: Longest answer that is read.
        default_headers: Sent with every request. As they may hold secrets, they are in no dump.
        default_query: Query parameters of every request; in no dump likewise.
        proxy: URL of a proxy; in no dump likewise. Default: the environment's.
        fix_model_quirks: Whether known faults of models are mended in their answers.
        http_client: An `httpx.Client` of your own for synchronous calls; yours to close.
        async_http_client: An `httpx.AsyncClient` of your own, for one event loop; yours to close.

    Raises:
        ConfigurationError: An argument is unknown, missing or wrong; `param` names it.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, hide_input_in_errors=True)

    aliases: ClassVar[Mapping[str, str]] = ALIASES
    """Further names of arguments, and the fields they mean."""

    api_key: SkipValidation[KeySource | None] = Field(default=None, exclude=True, repr=False)
    api_base: str
    timeout: float | None = 120.0
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
    http_client: httpx.Client | None = Field(default=None, exclude=True, repr=False)
    async_http_client: httpx.AsyncClient | None = Field(default=None, exclude=True, repr=False)

    _clients: Clients | None = PrivateAttr(default=None)
    _connected_as: tuple[object, ...] = PrivateAttr(default=())

    def __init__(self, **arguments: Any) -> None:
        kind = type(self)
        given = canonical(arguments, kind.aliases, kind.model_fields, kind.__name__)
        key, url = checked({**given, "base_url": given.get("api_base")})
        super().__init__(**{**given, "api_key": key, "api_base": url})

    @property
    def clients(self) -> Clients:
        """The clients behind this object, with its fields as they are now.

        Raises:
            ConfigurationError: A field was changed to a wrong value.
        """
        wanted = _connection_of(vars(self))
        if self._clients is None or wanted != self._connected_as:
            self._clients = _clients_of(vars(self))
            self._connected_as = wanted
        return self._clients

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, as_key(value) if name == "api_key" else value)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        memo = {} if memo is None else memo
        for part in (getattr(self, name, None) for name in _SHARED):
            memo[id(part)] = part
        copied = super().__deepcopy__(memo)
        copied._clients = None
        return copied

    def __getstate__(self) -> dict[str, Any]:
        # The base class deletes what does not pickle; it shall do so on a copy.
        copied = self.model_copy(update={"http_client": None, "async_http_client": None})
        copied._clients, copied._connected_as = None, ()
        return super(Connection, copied).__getstate__()

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Unlike the base class's, this asks for no key, so it works in a worker without one.
        fields = type(self).model_fields.items()
        missing = {
            name: field.get_default(call_default_factory=True, validated_data={})
            for name, field in fields
            if name not in state["__dict__"]
        }
        BaseModel.__setstate__(self, {**state, "__dict__": {**missing, **state["__dict__"]}})


def clients_for(kind: str, arguments: ConnectionArguments, own: Collection[str]) -> Clients:
    """Return the clients of a class `kind` that is no `Connection`; it has arguments of its `own`.

    Raises:
        ConfigurationError: An argument is unknown, missing or wrong.
    """
    given = canonical(arguments, ALIASES, [*ConnectionArguments.__annotations__, *own], kind)
    return _clients_of(given)


def canonical(
    arguments: Mapping[str, Any], aliases: Mapping[str, str], fields: Collection[str], kind: str
) -> dict[str, Any]:
    """Return arguments under the names of the fields that a class `kind` has.

    Raises:
        ConfigurationError: A name is unknown, or two names of one field were given.
    """
    given: dict[str, Any] = {}
    for name, value in arguments.items():
        field = aliases.get(name, name)
        if field not in fields:
            hint = did_you_mean(name, [*fields, *aliases])
            raise ConfigurationError(f"{kind} takes no argument {name!r}.", hint=hint, param=name)
        if field in given:
            raise ConfigurationError(
                f"{field} was given twice, under two names.", hint="Pass one.", param=field
            )
        given[field] = value
    return given


def _options(fields: Mapping[str, Any]) -> SettingsOptions:
    options = {name: value for name, value in fields.items() if name in SETTINGS}
    return cast("SettingsOptions", {**options, "base_url": fields.get("api_base")})


def _clients_of(fields: Mapping[str, Any]) -> Clients:
    return Clients(
        agent=AGENT,
        http_client=fields.get("http_client"),
        http_async_client=fields.get("async_http_client"),
        **_options(fields),
    )
