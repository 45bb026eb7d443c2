"""One frozen object holds every setting; only this file reads the environment."""

import os
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from math import inf, isfinite
from typing import Any, Literal
from urllib.parse import urlsplit

from typing_extensions import TypedDict

from ionos_model_hub._version import __version__
from ionos_model_hub.credentials import Key, KeySource, as_key
from ionos_model_hub.errors import ConfigurationError, did_you_mean

KEY_VARIABLES = ("IONOS_API_KEY", "IONOS_API_TOKEN", "IONOS_TOKEN")
BASE_URL_VARIABLE = "IONOS_BASE_URL"
HUB_URL = "https://openai.inference.de-txl.ionos.com/v1"
HUB_REQUESTS_PER_SECOND = 5.0

USER_AGENT = f"ionos-model-hub/{__version__}"

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsOptions(TypedDict, total=False):
    """The keyword arguments that clients and models pass on to `Settings`."""

    api_key: KeySource | None
    base_url: str | None
    timeout: float | None
    connect_timeout: float
    deadline: float | None
    max_retries: int
    requests_per_second: float | Literal["auto"] | None
    burst: int
    images_per_minute: float
    max_response_bytes: int
    default_headers: Mapping[str, str]
    default_query: Mapping[str, str]
    proxy: str | None
    fix_model_quirks: bool


SETTINGS = tuple(SettingsOptions.__annotations__)
"""The names of all settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to reach the hub, and how patiently.

    Args:
        api_key: Key or token, or a function that returns one and is asked at each request.
            Default: IONOS_API_KEY, IONOS_API_TOKEN or IONOS_TOKEN, the first that is set.
        base_url: Where the API is, `/v1` included. Default: IONOS_BASE_URL, else the hub.
        timeout: Seconds of silence after which an attempt ends; None waits for ever. The hub
            has been seen to take 82 s for an answer.
        connect_timeout: Seconds for a connection to be made.
        deadline: Seconds for a whole call, with its waits and retries; None sets no bound.
        max_retries: Requests sent again after a passing failure, at most. Above 0, a request that
            met a connection which the server was closing goes out once more besides.
        requests_per_second: Pace, shared by all clients of one key in this process; None sets
            none. "auto" is the hub's documented 5, and none on the local machine.
        burst: Requests that may go out at once after a pause. The hub lets 10 through; one is
            kept back, because uneven delays on the way would have it refuse some.
        images_per_minute: Pace of images, where there is a pace at all.
        max_response_bytes: Longest answer that is read.
        default_headers: Sent with every request.
        default_query: Query parameters of every request.
        proxy: URL of a proxy. Default: the proxies that the environment names.
        fix_model_quirks: Whether known faults of models are mended in their answers.

    Raises:
        ConfigurationError: A value is missing or wrong; `param` names it.

    Example:
        >>> Settings(api_key="eyJ0.eyJz.c2ln", base_url="http://localhost:8400/v1").max_retries
        2
    """

    api_key: KeySource | None = None
    base_url: str | None = None
    timeout: float | None = 120.0
    connect_timeout: float = 5.0
    deadline: float | None = None
    max_retries: int = 2
    requests_per_second: float | Literal["auto"] | None = "auto"
    burst: int = 9
    images_per_minute: float = 10.0
    max_response_bytes: int = 64 * 1024 * 1024
    default_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    default_query: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str | None = field(default=None, repr=False)
    fix_model_quirks: bool = True

    def __post_init__(self) -> None:
        key, url = checked({name: getattr(self, name) for name in SETTINGS})
        object.__setattr__(self, "api_key", key)
        object.__setattr__(self, "base_url", url)

    @property
    def key(self) -> Key | Callable[[], str | Awaitable[str]]:
        """The checked key, or the function that is asked for one."""
        return self.api_key  # type: ignore[return-value]  # __post_init__ made it one

    @property
    def url(self) -> str:
        """The checked base URL, without a slash at its end."""
        return self.base_url or HUB_URL

    @property
    def pace(self) -> float | None:
        """Requests per second, or None for no pace."""
        if self.requests_per_second != "auto":
            return self.requests_per_second
        return None if urlsplit(self.url).hostname in _LOOPBACK else HUB_REQUESTS_PER_SECOND


def checked(
    fields: Mapping[str, Any],
) -> tuple[Key | Callable[[], str | Awaitable[str]], str]:
    """Return the key and the base URL that fields lead to; all settings among them are checked.

    Raises:
        ConfigurationError: A value is missing or wrong; `param` names it.
    """
    key, url = as_key(_key(fields.get("api_key"))), _base_url(fields.get("base_url"))
    for name, check in _CHECKS.items():
        if name in fields:
            check(fields[name])
    return key, url


def settings_from(options: SettingsOptions) -> Settings:
    """Return settings; an unknown name is refused with the one that was probably meant.

    Raises:
        ConfigurationError: A name is unknown, or a value is missing or wrong.
    """
    for name in options:
        if name not in SETTINGS:
            hint = did_you_mean(name, SETTINGS) or f"Known are {', '.join(SETTINGS)}."
            raise ConfigurationError(f"{name!r} is not a setting.", hint=hint, param=name)
    return Settings(**options)


def key_variables_set() -> list[str]:
    """Return the environment variables that hold a key; the first is the one that is used."""
    return [name for name in KEY_VARIABLES if os.environ.get(name, "").strip()]


def key_from_environment() -> Key | None:
    """Return the environment's key, or None; raises ConfigurationError for a bad one."""
    names = key_variables_set()
    return Key(os.environ[names[0]]) if names else None


def _key(given: KeySource | None) -> KeySource:
    if given is None and (given := key_from_environment()) is None:
        raise ConfigurationError(
            "No API key was given.",
            hint=f"Pass api_key, or set {KEY_VARIABLES[0]}. Without a token, "
            "`ionos-model-hub emulator` serves a local hub.",
            param="api_key",
        )
    return given


def _check_number(name: str, value: object, above: float = 0) -> None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if above < value < inf:
            return
        if isfinite(value):
            raise ConfigurationError(f"{name} must be above {above}, got {value!r}.", param=name)
    raise ConfigurationError(f"{name} must be a number, got {value!r}.", param=name)


def _check_bound(name: str, value: object) -> None:
    if value is not None:
        _check_number(name, value)


def _check_pace(name: str, value: object) -> None:
    if value != "auto":
        _check_bound(name, value)


def _check_proxy(given: str | None) -> None:
    if not given:
        return
    try:
        parts = urlsplit(given)
        is_legal = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_legal = False
    if not is_legal or parts.scheme not in _PROXY_SCHEMES:
        raise ConfigurationError(
            "proxy must be the URL of a proxy.",
            hint="Write it like http://proxy.example:3128.",
            param="proxy",
        )


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise ConfigurationError for a header that HTTP does not allow; values are not told."""
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise _wrong_header(f"{name!r} is no name of a header.")
        if name.lower() in _FRAMING:
            raise _wrong_header(f"{name!r} is set with each request, and must not be given.")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise _wrong_header(f"the value of {name!r} must be printable ASCII text.")


def _wrong_header(reason: str) -> ConfigurationError:
    return ConfigurationError(f"default_headers: {reason}", param="default_headers")


_CHECKS: Mapping[str, Callable[[Any], None]] = {
    "timeout": partial(_check_bound, "timeout"),
    "connect_timeout": partial(_check_number, "connect_timeout"),
    "deadline": partial(_check_bound, "deadline"),
    "max_retries": partial(_check_number, "max_retries", above=-1),
    "requests_per_second": partial(_check_pace, "requests_per_second"),
    "burst": partial(_check_number, "burst"),
    "images_per_minute": partial(_check_number, "images_per_minute"),
    "max_response_bytes": partial(_check_number, "max_response_bytes"),
    "default_headers": check_headers,
    "proxy": _check_proxy,
}


def _base_url(given: str | None) -> str:
    return _checked_url(str(given or os.environ.get(BASE_URL_VARIABLE, "").strip() or HUB_URL))


@lru_cache(maxsize=64)
def _checked_url(given: str) -> str:
    url = given.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        is_legal = parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        is_legal = False
    if not is_legal or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            "base_url must be an http(s) URL.", hint=f"The hub's is {HUB_URL}.", param="base_url"
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(
            "base_url must hold neither user, password, query nor fragment.",
            hint="Pass the key as api_key.",
            param="base_url",
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ConfigurationError(
            f"base_url would send the key unencrypted to {parts.hostname}.",
            hint="Use https; plain http is for the local machine only.",
            param="base_url",
        )
    if not parts.path.endswith("/v1"):
        raise ConfigurationError(
            f"base_url must end in /v1, got the path {parts.path or '/'!r}.",
            hint=f"Write {parts.scheme}://{parts.netloc}/v1.",
            param="base_url",
        )
    return url
