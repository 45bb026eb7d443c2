"""Access to the control API: token, address, `Host` and `Origin`.

Without these checks, a web page in the user's browser could read prompts or script the emulator,
directly or after its own host name was changed to resolve to 127.0.0.1 (DNS rebinding).
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from ionos_model_hub.emulator.page.token import TOKEN_COOKIE, TOKEN_PARAMETER

TOKEN_HEADER = "x-emulator-token"  # noqa: S105  # a name
_HOST = re.compile(r"(?:\[([^]]+)\]|([^:@/]+))(?::\d*)?")


@dataclass(frozen=True, slots=True)
class AccessError:
    """The reason why a request is rejected.

    Attributes:
        status: HTTP status.
        message: Explanation.
    """

    status: int
    message: str


def make_token() -> str:
    """Return a new random token."""
    return secrets.token_urlsafe(24)


def check_access(scope: Scope, token: str | None) -> AccessError | None:
    """Return why a request to the control API is rejected, or None if it is allowed.

    Args:
        scope: ASGI scope of the request.
        token: Required token; None allows only connections to a loopback address.
    """
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if token is None:
        address = (scope.get("server") or ("", None))[0]
        if not is_loopback(address):
            return AccessError(403, "Set control_token to use the control API over a network.")
        if not is_loopback(_host_name(host)):
            return AccessError(403, f"The host {host!r} is not a loopback address.")
    if not _is_same_origin(headers, host):
        return AccessError(403, "Requests from other origins are not allowed.")
    if token is not None and not _has_token(headers, scope, token):
        message = f"Pass the control token in {TOKEN_HEADER} or as `Authorization: Bearer`."
        return AccessError(401, message)
    return None


def is_loopback(host: str) -> bool:
    """Return whether a host is `localhost` or a loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _host_name(authority: str) -> str:
    """Return the host of a `Host` header, without port and brackets."""
    match = _HOST.fullmatch(authority)
    return (match[1] or match[2]) if match else ""


def _is_same_origin(headers: Headers, host: str) -> bool:
    """Return whether no browser sent the request, or a page of the emulator did."""
    origin = headers.get("origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return False
    return headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _has_token(headers: Mapping[str, str], scope: Scope, token: str) -> bool:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    presented = [
        key.strip() if scheme.lower() == "bearer" else "",
        headers.get(TOKEN_HEADER, ""),
        cookie_parser(headers.get("cookie", "")).get(TOKEN_COOKIE, ""),
        *query.get(TOKEN_PARAMETER, ()),
    ]
    return any(each and hmac.compare_digest(each.encode(), token.encode()) for each in presented)
