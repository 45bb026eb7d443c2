"""The server and the path that a URL refers to."""

from functools import lru_cache
from typing import NamedTuple

import httpx

from ionos_model_hub.transport.http.errors import InvalidUrlError
from ionos_model_hub.transport.http.proxy import Proxy


class Origin(NamedTuple):
    """A server and the way to it; connections can be reused for all its paths.

    Attributes:
        is_secure: Whether to use TLS.
        host: Host name or address. A trailing dot is for name resolution only.
        port: Port.
        proxy: The proxy to connect through, or None for direct connections.
    """

    is_secure: bool
    host: str
    port: int
    proxy: Proxy | None = None

    @property
    def certified_name(self) -> str:
        """The name in the server's certificate."""
        return self.host.removesuffix(".")

    @property
    def needs_tunnel(self) -> bool:
        """Whether the proxy must forward an encrypted connection."""
        return self.is_secure and self.proxy is not None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the proxy, else of the server."""
        return (self.proxy.host, self.proxy.port) if self.proxy else (self.host, self.port)


class Target(NamedTuple):
    """The destination of a request.

    Attributes:
        origin: The server.
        path: Path and query, percent-encoded. The whole URL for a proxy that forwards requests.
        authority: Value of the `Host` header.
    """

    origin: Origin
    path: str
    authority: str


@lru_cache(maxsize=64)
def parse_target(url: str, proxy: Proxy | None = None) -> Target:
    """Return the destination of a request to `url` through a proxy; raises InvalidUrlError."""
    try:
        parsed = httpx.URL(url)
        # The resolver encodes the name in the same way, and its UnicodeError is not an OSError.
        parsed.raw_host.decode().encode("idna")
    except (httpx.InvalidURL, UnicodeError) as error:
        reason = str(error)
    else:
        is_secure = parsed.scheme == "https"
        port = parsed.port or (443 if is_secure else 80)
        origin = Origin(is_secure, parsed.raw_host.decode(), port, proxy)
        path = parsed.raw_path.decode()
        authority = parsed.netloc.decode().replace(origin.host, origin.certified_name, 1)
        if proxy and not is_secure:
            path = f"http://{authority}{path}"
        return Target(origin, path, authority)
    raise InvalidUrlError(reason)
