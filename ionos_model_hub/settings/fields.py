"""The settings of clients and models, each defined once: type, default, description, check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    ValidationError,
    WithJsonSchema,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import core_schema

from ionos_model_hub.credentials import KeySource
from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings.arguments import argument_names, rename_arguments
from ionos_model_hub.settings.checks import (
    check_api_key,
    check_base_url,
    check_headers,
    check_hook,
    check_price_function,
    check_proxy,
    check_shared_rate_limit,
    check_tracer,
)
from ionos_model_hub.settings.descriptions import describe_fields, simplify_signature
from ionos_model_hub.settings.validation_errors import as_configuration_error
from ionos_model_hub.telemetry.interfaces import CallTracer
from ionos_model_hub.telemetry.record import CallHook, PriceFunction

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
PositiveInt = Annotated[int, Field(gt=0, strict=True)]
Count = Annotated[int, Field(ge=0, strict=True)]
Flag = Annotated[bool, Field(strict=True)]

if TYPE_CHECKING:
    from ionos_model_hub.wire.request_types import Timeout as Seconds
else:
    Seconds = Positive  # `split_timeout` has turned the other forms into seconds


def _checked_by(check: Callable[[Any], object]) -> GetPydanticSchema:
    """Validate a field with a function alone; no schema is built for its type, which saves time."""
    return GetPydanticSchema(
        lambda source, handler: core_schema.no_info_plain_validator_function(check)
    )


HIDDEN = Field(exclude=True, repr=False)
"""Leaves a field out of repr, dumps and traces, because it may contain secrets or functions."""

ApiKey = Annotated[
    KeySource | None,
    HIDDEN,
    _checked_by(check_api_key),
    WithJsonSchema({"type": "string", "format": "password", "writeOnly": True}),
]
BaseUrl = Annotated[
    str | None,
    GetPydanticSchema(
        lambda source, handler: core_schema.with_info_plain_validator_function(check_base_url)
    ),
    WithJsonSchema({"type": "string"}),
]
ProxyUrl = Annotated[
    str | None, HIDDEN, _checked_by(check_proxy), WithJsonSchema({"type": "string"})
]
SharedRateLimit = Annotated[
    str | None, HIDDEN, _checked_by(check_shared_rate_limit), WithJsonSchema({"type": "string"})
]
Headers = Annotated[
    Mapping[str, str], HIDDEN, _checked_by(check_headers), WithJsonSchema({"type": "object"})
]
Query = Annotated[Mapping[str, str], HIDDEN]

Hook = Annotated[CallHook | None, HIDDEN, _checked_by(check_hook), SkipJsonSchema()]
Prices = Annotated[
    PriceFunction | None, HIDDEN, _checked_by(check_price_function), SkipJsonSchema()
]
Tracer = Annotated[CallTracer | None, HIDDEN, _checked_by(check_tracer), SkipJsonSchema()]


class ConnectionFields(BaseModel):
    """Settings of the connection.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid; `param` names it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        defer_build=True,  # building reads files: the entry points of pydantic's plugins
        hide_input_in_errors=True,
        populate_by_name=True,
        protected_namespaces=(),
    )

    configuration_error: ClassVar[type[ConfigurationError]] = ConfigurationError
    """The class of errors about arguments."""

    argument_aliases: ClassVar[Mapping[str, str]] = {}
    """Further names of arguments, and the fields that they set."""

    api_key: ApiKey = Field(
        default=None,
        validate_default=True,
        description="API key (token), or a function, sync or async, that is called for it before "
        "each request. Default: the environment variable IONOS_API_KEY, IONOS_API_TOKEN or "
        "IONOS_TOKEN, in this order.",
    )
    allow_http: Flag = Field(  # before base_url, whose check needs it
        default=False,
        description="Whether to permit a base_url with plain HTTP to other machines, which sends "
        "the key and all texts unencrypted. The environment variable IONOS_ALLOW_HTTP=1 permits it "
        "as well.",
    )
    base_url: BaseUrl = Field(
        default=None,
        validate_default=True,
        description="URL of the API, including `/v1`. Default: the environment variable "
        "IONOS_BASE_URL, else the IONOS AI Model Hub.",
    )
    timeout: Seconds | None = Field(
        default=120.0,
        description="Number of seconds to wait for the response, for its complete body, and "
        "between the events of a stream. None disables it. A tuple `(connect, read)` or an "
        "`httpx.Timeout` sets `connect_timeout` as well. Responses that take 82 s have been "
        "observed.",
    )
    connect_timeout: Positive = Field(
        default=5.0,
        description="Number of seconds to wait for name resolution and the connection.",
    )
    deadline: Positive | None = Field(
        default=None,
        description="Number of seconds that a call may take in total, including rate limit "
        "delays and retries. None disables it.",
    )
    max_retries: Count = Field(
        default=2,
        description="Maximum number of retries after connection errors, timeouts and the "
        "statuses 408, 409, 425, 429, 500, 502, 503, 504 and 529. Above 0, a request that hits a "
        "connection which the server is closing is resent once in addition.",
    )
    requests_per_second: Positive | Literal["auto"] | None = Field(
        default="auto",
        description="Client-side rate limit, shared by all clients of the key in this process. "
        "None disables it. 'auto' is the documented limit of 5 requests per second, and no "
        "limit for servers on the local machine.",
    )
    burst: PositiveInt = Field(
        default=9,
        description="Number of requests that may be sent at once after a pause: one below the "
        "documented burst of 10, so that network jitter does not cause 429s.",
    )
    images_per_minute: Positive = Field(
        default=10.0,
        description="Rate limit of generated images, if a rate limit applies.",
    )
    shared_rate_limit: SharedRateLimit = Field(
        default=None,
        validate_default=True,
        description="Where the rate limit, its burst and its pauses are shared with other "
        "processes: 'file' for the processes of this user on this machine, "
        "`file:///run/app/limits.sqlite3` for another file, or the `redis://` URL of a Redis "
        "server for several machines. `#name` at the end names the contract, for processes with "
        "different keys. It may contain a password and is therefore left out of repr, "
        "dumps and traces. Default: the environment variable IONOS_SHARED_RATE_LIMIT; an empty "
        "string disables it.",
    )
    max_response_bytes: PositiveInt = Field(
        default=64 * 1024 * 1024,
        description="Maximum size of a response.",
    )
    default_headers: Headers = Field(
        default_factory=dict,
        description="Headers of every request. They may contain secrets and are therefore left "
        "out of repr, dumps and traces.",
    )
    default_query: Query = Field(
        default_factory=dict,
        description="Query parameters of every request. Left out of repr, dumps and traces.",
    )
    proxy: ProxyUrl = Field(
        default=None,
        description="URL of a proxy. Left out of repr, dumps and traces. Default: the proxy "
        "variables of the environment.",
    )
    fix_model_quirks: Flag = Field(
        default=True,
        description="Whether to fix known faults of models in their responses.",
    )
    repair_conversation: Flag = Field(
        default=False,
        description="Whether to reorder and merge messages that strict chat templates reject.",
    )
    on_call: Hook = Field(
        default=None,
        description="Function that is called with the `CallRecord` of each finished call: model, "
        "duration, attempts, token usage and outcome. It runs in the thread or event loop of the "
        "call, so it must return quickly. Its exceptions are logged and never raised.",
    )
    prices: Prices = Field(
        default=None,
        description="Function that returns the cost of a call, which is passed its `CallRecord`, "
        "for the field `cost` of the record. `ionos_model_hub.telemetry.catalogue_cost` uses the "
        "catalogue.",
    )
    telemetry: Tracer = Field(
        default=None,
        description="An `ionos_model_hub.telemetry.OpenTelemetry`, which exports spans and "
        "metrics.",
    )

    def __init__(self, **arguments: Any) -> None:
        cls = type(self)
        try:
            super().__init__(**rename_arguments(arguments, field_names(cls), cls.__name__))
        except ValidationError as error:
            failure = as_configuration_error(cls, error)
        except ConfigurationError as error:
            failure = error
        else:
            return
        # Raised outside the handlers, so that no other error is shown as its context.
        raise failure.convert(cls.configuration_error)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.__doc__ = describe_fields(cls, cls.argument_aliases, ConnectionFields.model_fields)
        simplify_signature(cls)


@cache
def field_names(cls: type[ConnectionFields]) -> Mapping[str, str]:
    """Return the field that each argument of a class sets."""
    return argument_names(cls.model_fields, cls.argument_aliases)


SETTINGS = tuple(ConnectionFields.model_fields)
"""Names of all settings."""
