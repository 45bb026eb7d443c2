"""HTTP proxies that the client connects through."""

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote

import httpx

from ionos_model_hub.transport.http.errors import InvalidUrlError

DEFAULT_PORT = 80


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. Connections to it are not encrypted; TLS with the server runs inside.

    Attributes:
        host: Host name or address.
        port: Port.
        authorization: Value of the `Proxy-Authorization` header, "" if it needs none.
    """

    host: str
    port: int
    authorization: str = field(default="", repr=False)


def parse_proxy(url: str) -> Proxy:
    """Return the proxy at an `http://` URL; raises InvalidUrlError, which does not contain it.

    Example:
        >>> parse_proxy("http://user:secret@proxy.example:3128")
        Proxy(host='proxy.example', port=3128)
    """
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode()
        host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        host = ""
    if not host or parsed.scheme != "http":
        raise InvalidUrlError("the URL of the proxy is not valid")
    user, separator, password = parsed.userinfo.partition(b":")
    credentials = ":".join((unquote(user.decode()), unquote(password.decode())))
    authorization = f"Basic {b64encode(credentials.encode()).decode()}"
    has_credentials = bool(user or separator)
    return Proxy(host, parsed.port or DEFAULT_PORT, authorization if has_credentials else "")
