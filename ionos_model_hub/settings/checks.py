"""Checks of settings. Each returns the value to use, or raises an error that explains the fix.

The environment variables about the base URL are read here, those of the API key in `credentials`,
and those of proxies where connections are made.
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import ValidationInfo

from ionos_model_hub.credentials import KEY_VARIABLES, Key, as_key, key_from_environment
from ionos_model_hub.errors import ConfigurationError, InvalidRequestError
from ionos_model_hub.telemetry.interfaces import CallTracer
from ionos_model_hub.telemetry.record import CallHook, PriceFunction
from ionos_model_hub.wire.call_options import header_problem, parse_timeout

BASE_URL_VARIABLE = "IONOS_BASE_URL"
ALLOW_HTTP_VARIABLE = "IONOS_ALLOW_HTTP"
SHARED_RATE_LIMIT_VARIABLE = "IONOS_SHARED_RATE_LIMIT"
HUB_URL = "https://openai.inference.de-txl.ionos.com/v1"
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

_REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


def check_api_key(value: Any) -> Key | Callable[[], str | Awaitable[str]]:
    """Return the key, a function that returns one, or the key in the environment."""
    if value is not None:
        return as_key(value)
    if (key := key_from_environment()) is None:
        raise ConfigurationError(
            "No API key was found.",
            hint=f"Pass api_key, or set {KEY_VARIABLES[0]}. Without a token, use the local hub "
            "that `ionos-model-hub emulator` starts.",
            param="api_key",
        )
    return key


def check_base_url(value: Any, info: ValidationInfo) -> str:
    """Return the base URL without a trailing slash. Default: IONOS_BASE_URL, else the hub's."""
    url = str(value or os.environ.get(BASE_URL_VARIABLE, "").strip() or HUB_URL)
    return _checked_url(url, info.data.get("allow_http", False) or _is_http_allowed())


def _is_http_allowed() -> bool:
    return os.environ.get(ALLOW_HTTP_VARIABLE, "").strip().lower() in ("1", "true", "yes", "on")


@lru_cache(maxsize=64)
def _checked_url(value: str, allow_http: bool) -> str:
    url = value.strip().rstrip("/")
    if (parts := _http_parts(url)) is None:
        raise _invalid_url(
            "base_url must be an http(s) URL.",
            f"Write the scheme, host and path, as in {HUB_URL}, the hub's URL.",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _invalid_url(
            "base_url must not contain a user name, password, query or fragment.",
            "Pass the key as api_key.",
        )
    if parts.scheme == "http" and not (allow_http or parts.hostname in LOOPBACK_HOSTS):
        raise _invalid_url(
            f"base_url would send the key unencrypted to {parts.hostname}.",
            "Use https. For a server in a trusted network, such as an emulator in another "
            f"container, pass allow_http=True or set {ALLOW_HTTP_VARIABLE}=1.",
        )
    if not parts.path.endswith("/v1"):
        raise _invalid_url(
            f"base_url must end in /v1, got the path {parts.path or '/'!r}.",
            f"Write {parts.scheme}://{parts.netloc}/v1.",
        )
    return url


def _http_parts(url: str) -> SplitResult | None:
    """Return the parts of an http(s) URL, or None if it is not valid."""
    try:
        parts = urlsplit(url)
        is_valid = parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        return None
    return parts if is_valid and parts.scheme in ("http", "https") and parts.hostname else None


def _invalid_url(message: str, hint: str) -> ConfigurationError:
    return ConfigurationError(message, hint=hint, param="base_url")


def check_proxy(value: Any) -> str | None:
    """Return the URL of a proxy, or None. Errors do not contain it, as it may hold a password."""
    if not value:
        return None
    try:
        parts = urlsplit(value)
        is_valid = bool(parts.hostname) and parts.port != 0 and parts.scheme in _PROXY_SCHEMES
    except (AttributeError, TypeError, ValueError):
        is_valid = False
    if not is_valid:
        raise ConfigurationError(
            "proxy must be the URL of a proxy.",
            hint="Write it like http://proxy.example:3128.",
            param="proxy",
        )
    return str(value)


def check_shared_rate_limit(value: Any) -> str | None:
    """Return where the rate limit is shared, or None. Errors do not contain it: see `check_proxy`.

    Default: IONOS_SHARED_RATE_LIMIT.
    """
    value = os.environ.get(SHARED_RATE_LIMIT_VARIABLE, "").strip() if value is None else value
    if value == "":
        return None
    try:
        parts = urlsplit(value)
        is_file = value.partition("#")[0] == "file" or (
            parts.scheme == "file"
            and parts.path.startswith("/")
            and not parts.netloc
            and "\0" not in unquote(parts.path)
        )
        is_redis = value.startswith(_REDIS_SCHEMES) and parts.port != 0
    except (AttributeError, TypeError, ValueError):
        raise _invalid_location() from None
    if is_redis and find_spec("redis") is None:
        raise ConfigurationError(
            "shared_rate_limit needs the package redis.",
            hint="Run `pip install 'ionos-model-hub[redis]'`.",
            param="shared_rate_limit",
        )
    if not is_file and not is_redis:
        raise _invalid_location()
    return str(value)


def _invalid_location() -> ConfigurationError:
    return ConfigurationError(
        "shared_rate_limit must be 'file' or a URL.",
        hint="Write the URL like redis://localhost:6379/0 or file:///run/app/limits.sqlite3.",
        param="shared_rate_limit",
    )


def check_headers(headers: Any) -> Mapping[str, str]:
    """Return headers that HTTP allows. Errors do not contain values, which may be secret."""
    if not isinstance(headers, Mapping):
        raise _invalid_header("must be a mapping of names to values.")
    for name, value in headers.items():
        if problem := header_problem(name, value):
            raise _invalid_header(problem)
    return headers


def _invalid_header(reason: str) -> ConfigurationError:
    return ConfigurationError(f"default_headers: {reason}", param="default_headers")


def check_hook(value: Any) -> CallHook | None:
    """Return a function for call records, or None."""
    hook: CallHook | None = _checked_function(value, "on_call")
    return hook


def check_price_function(value: Any) -> PriceFunction | None:
    """Return a function that computes the cost of calls, or None."""
    prices: PriceFunction | None = _checked_function(value, "prices")
    return prices


def _checked_function(value: Any, param: str) -> Any:
    if value is None:
        return None
    if not callable(value):
        raise ConfigurationError(
            f"{param} must be a function, got {type(value).__name__}.", param=param
        )
    if iscoroutinefunction(value) or iscoroutinefunction(type(value).__call__):
        raise ConfigurationError(
            f"{param} must be a synchronous function, got a coroutine function.",
            hint="It is called when a call has ended, also by synchronous and cancelled calls. "
            "To continue asynchronously, put the record into an asyncio.Queue.",
            param=param,
        )
    return value


def check_tracer(value: Any) -> CallTracer | None:
    """Return an object that traces calls, or None."""
    is_tracer = callable(getattr(value, "start", None)) and not isinstance(value, type)
    if value is None or is_tracer:
        tracer: CallTracer | None = value
        return tracer
    raise ConfigurationError(
        f"telemetry must be an OpenTelemetry object, got {type(value).__name__}.",
        hint="Pass ionos_model_hub.telemetry.OpenTelemetry().",
        param="telemetry",
    )


def split_timeout(value: Any) -> dict[str, Any]:
    """Return the settings `timeout` and, if specified, `connect_timeout`.

    Args:
        value: Seconds, None, a tuple `(connect, read)` or an `httpx.Timeout`.

    Example:
        >>> split_timeout((3, 60))
        {'connect_timeout': 3.0, 'timeout': 60.0}
    """
    if value is None or isinstance(value, int | float | str):
        return {"timeout": value}
    try:
        connect, read = parse_timeout(value)
    except InvalidRequestError as error:
        failure = error.convert(ConfigurationError)
    else:
        return {**({} if connect is None else {"connect_timeout": connect}), "timeout": read}
    raise failure
