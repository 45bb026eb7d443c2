"""The settings of a client: API key, server and limits."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Literal, Self, cast
from urllib.parse import urlsplit

from pydantic import ConfigDict
from typing_extensions import TypedDict, Unpack

from ionos_model_hub._version import __version__
from ionos_model_hub.credentials import (
    KEY_VARIABLES,
    Key,
    KeySource,
    key_from_environment,
    key_variables_set,
)
from ionos_model_hub.settings.arguments import unknown_argument
from ionos_model_hub.settings.checks import (
    BASE_URL_VARIABLE,
    HUB_URL,
    LOOPBACK_HOSTS,
    check_headers,
)
from ionos_model_hub.settings.descriptions import simplify_signature
from ionos_model_hub.settings.fields import SETTINGS, ConnectionFields, field_names
from ionos_model_hub.telemetry.interfaces import CallTracer
from ionos_model_hub.telemetry.record import CallHook, PriceFunction
from ionos_model_hub.wire.request_types import Timeout

__all__ = [
    "BASE_URL_VARIABLE",
    "HUB_REQUESTS_PER_SECOND",
    "HUB_URL",
    "KEY_VARIABLES",
    "SETTINGS",
    "USER_AGENT",
    "Settings",
    "SettingsOptions",
    "check_headers",
    "check_option_names",
    "key_from_environment",
    "key_variables_set",
]

HUB_REQUESTS_PER_SECOND = 5.0
_build_lock = threading.Lock()

USER_AGENT = f"ionos-model-hub/{__version__}"


class SettingsOptions(TypedDict, total=False):
    """The keyword arguments of `Settings`, which clients and models accept as well."""

    api_key: KeySource | None
    allow_http: bool
    base_url: str | None
    timeout: Timeout | None
    connect_timeout: float
    deadline: float | None
    max_retries: int
    requests_per_second: float | Literal["auto"] | None
    burst: int
    images_per_minute: float
    shared_rate_limit: str | None
    max_response_bytes: int
    default_headers: Mapping[str, str]
    default_query: Mapping[str, str]
    proxy: str | None
    fix_model_quirks: bool
    repair_conversation: bool
    on_call: CallHook | None
    prices: PriceFunction | None
    telemetry: CallTracer | None


class Settings(ConnectionFields):
    """The settings of a client, validated and frozen.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid; `param` names it.

    Example:
        >>> Settings(api_key="eyJ0.eyJz.c2ln", base_url="http://localhost:8400/v1").max_retries
        2
    """

    model_config = ConfigDict(frozen=True)

    if TYPE_CHECKING:
        timeout: float | None

    def __init__(self, **options: Unpack[SettingsOptions]) -> None:
        if not Settings.__pydantic_complete__:
            with _build_lock:  # pydantic's deferred builds are not thread-safe
                Settings.model_rebuild()
                simplify_signature(Settings)
        super().__init__(**options)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self  # Settings are frozen, and observers need not support copying.

    @property
    def key(self) -> Key | Callable[[], str | Awaitable[str]]:
        """The key, or the function that returns it."""
        return cast("Key | Callable[[], str | Awaitable[str]]", self.api_key)

    @property
    def url(self) -> str:
        """The base URL without a trailing slash."""
        return cast("str", self.base_url)

    @property
    def rate_limit(self) -> float | None:
        """Requests per second, or None if the rate is not limited."""
        if self.requests_per_second != "auto":
            return self.requests_per_second
        return None if urlsplit(self.url).hostname in LOOPBACK_HOSTS else HUB_REQUESTS_PER_SECOND


def check_option_names(owner: Callable[..., object], options: SettingsOptions) -> None:
    """Check the settings that were passed to a class or function.

    `Settings` rejects unknown names as well, but its error names `Settings`, not `owner`.

    Raises:
        ConfigurationError: A name is unknown; the hint suggests an argument of `owner`.
    """
    names = field_names(Settings)
    for name in options:
        if name not in names:
            parameters = signature(owner).parameters.values()
            own = {each.name for each in parameters if each.kind is not Parameter.VAR_KEYWORD}
            raise unknown_argument(name, names.keys() | own, owner.__name__)
