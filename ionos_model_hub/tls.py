"""The one TLS context of the process."""

import ssl
from functools import cache

import httpx


@cache
def ssl_context() -> ssl.SSLContext:
    """Return a context that checks certificates; making one takes 25 ms."""
    return httpx.create_ssl_context()
