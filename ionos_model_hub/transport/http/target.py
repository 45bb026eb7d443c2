"""The server and the path that a URL refers to."""

from functools import lru_cache
from typing import NamedTuple

import httpx

from ionos_model_hub.transport.http.errors import InvalidUrlError


class Origin(NamedTuple):
    """A server; connections to it can be reused for all its paths.

    Attributes:
        is_secure: Whether to use TLS.
        host: Host name or address.
        port: Port.
    """

    is_secure: bool
    host: str
    port: int


class Target(NamedTuple):
    """The destination of a request.

    Attributes:
        origin: The server.
        path: Path and query, percent-encoded.
        authority: Value of the `Host` header.
    """

    origin: Origin
    path: str
    authority: str


@lru_cache(maxsize=64)
def parse_target(url: str) -> Target:
    """Return the destination of a request to `url`; raises InvalidUrlError."""
    try:
        parsed = httpx.URL(url)
        # The resolver encodes the name in the same way, and its UnicodeError is not an OSError.
        parsed.raw_host.decode().encode("idna")
    except (httpx.InvalidURL, UnicodeError) as error:
        reason = str(error)
    else:
        is_secure = parsed.scheme == "https"
        port = parsed.port or (443 if is_secure else 80)
        origin = Origin(is_secure, parsed.raw_host.decode(), port)
        return Target(origin, parsed.raw_path.decode(), parsed.netloc.decode())
    raise InvalidUrlError(reason)
