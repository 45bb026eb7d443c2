"""Which proxy the requests to a server use.

The environment variables are interpreted as curl does: those in lower case take precedence, those
for a scheme take precedence over `ALL_PROXY`, and `NO_PROXY` excludes servers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.transport.http.errors import InvalidUrlError
from ionos_model_hub.transport.http.proxy import Proxy, parse_proxy

_HAS_SYSTEM_SETTINGS = sys.platform in ("darwin", "win32")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def select_proxy(url: str, setting: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy for requests to a URL, or None for direct connections.

    Args:
        url: An http(s) URL.
        setting: The proxy that the user configured; takes precedence over the environment.
        environment: Environment variables.

    Example:
        >>> select_proxy("https://hub.example/v1", None, {"HTTPS_PROXY": "proxy.example:3128"})
        'http://proxy.example:3128'
        >>> select_proxy("https://10.1.2.3/v1", None, {"ALL_PROXY": "p", "NO_PROXY": "10.0.0.0/8"})
    """
    if setting:
        return setting
    target = urlsplit(url)
    # In a CGI program, HTTP_PROXY is the header `Proxy` of a request.
    is_cgi = target.scheme == "http" and "REQUEST_METHOD" in environment
    own_variable = (
        environment.get("http_proxy", "")
        if is_cgi
        else _read(f"{target.scheme}_proxy", environment)
    )
    proxy = own_variable or _read("all_proxy", environment)
    if not proxy or _is_excluded(target, _read("no_proxy", environment)):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def proxy_for(url: str, setting: str | None) -> str | None:
    """Return the proxy for requests to a URL, by the settings of the user and of the system."""
    environment: Mapping[str, str] = os.environ
    if _HAS_SYSTEM_SETTINGS:  # `getproxies` returns them if no variable is set.
        system = {f"{scheme}_proxy": proxy for scheme, proxy in getproxies().items()}
        environment = {**system, **environment}
    return select_proxy(url, setting, environment)


def needs_httpx(proxy: str | None) -> bool:
    """Return whether only httpx supports a proxy: SOCKS, and HTTPS to the proxy itself."""
    return proxy is not None and not proxy.lower().startswith("http://")


def http_proxy(proxy: str | None) -> Proxy | None:
    """Return a proxy that our own HTTP client connects through.

    Raises:
        ConfigurationError: The URL is not valid. The error does not contain it.
    """
    try:
        return None if proxy is None else parse_proxy(proxy)
    except InvalidUrlError:
        pass
    raise unusable_proxy()


def unusable_proxy() -> ConfigurationError:
    """Return the error for a proxy whose URL is not valid."""
    return ConfigurationError(
        "The proxy cannot be used.",
        hint="Write its URL as http://host:port or socks5://host:port; check HTTPS_PROXY and "
        "ALL_PROXY as well.",
        param="proxy",
    )


def _read(name: str, environment: Mapping[str, str]) -> str:
    return environment.get(name, environment.get(name.upper(), "")).strip()


def _is_excluded(target: SplitResult, no_proxy: str) -> bool:
    entries = no_proxy.lower().replace(",", " ").split()
    return any(_matches(entry, target) for entry in entries)


def _matches(entry: str, target: SplitResult) -> bool:
    """Return whether an entry of `NO_PROXY` names a server."""
    if entry == "*":
        return True
    host = (target.hostname or "").rstrip(".")
    try:
        network = ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return _matches_name(entry, host, target)
    address = _parse_address(host)
    return address is not None and address in network


def _matches_name(entry: str, host: str, target: SplitResult) -> bool:
    scheme, _, rest = entry.rpartition("://")
    try:
        parts = urlsplit(f"//{rest}")
        name, port = (parts.hostname or "").removeprefix("*").rstrip("."), parts.port
    except ValueError:
        return False
    if scheme not in ("", "all", target.scheme) or not name:
        return False
    if port is not None and port != (target.port or _DEFAULT_PORTS.get(target.scheme)):
        return False
    suffix = name if name.startswith(".") else f".{name}"
    return host == name or host.endswith(suffix)


def _parse_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
