"""The one TLS context of the process."""

import ssl
from functools import cache

import httpx


@cache
def ssl_context() -> ssl.SSLContext:
    """Return a context that checks certificates; making one takes 25 ms."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])  # Some gateways refuse who names no protocol.
    return context
