"""Error statuses, in the three body shapes of the hub and others. Each echoes the API key."""

from collections.abc import Callable
from email.utils import formatdate

from faults import responses
from faults.server import Connection, Fault

RESPONSE_TIME = 1_800_000_000
"""Unix time in the `Date` header."""


def published(message: str) -> object:
    """Return the body shape of the published schema."""
    return {"error": {"message": message, "type": "invalid_request_error", "code": None}}


def gateway(message: str) -> object:
    """Return the body shape of the gateway."""
    return {"httpStatus": 0, "messages": [{"errorCode": "paas-1", "message": message}]}


def wrapped(message: str) -> object:
    """Return the body shape of wrapped gateway errors."""
    return {"error": {"httpStatus": 0, "message": message}}


def html_page(message: str) -> object:
    return f"<html><title>{message}</title></html>"


def empty(_: str) -> object:
    return b""


def status(code: int, shape: Callable[[str], object] = published, *headers: str) -> Fault:
    """Return a fault that responds with a status."""

    def respond(connection: Connection) -> None:
        key = connection.request.headers["authorization"]
        echo = f"x-trace-id: trace-of-{key}"
        responses.send_body(connection, shape(f"Sent: {key}."), echo, *headers, status=code)

    return respond


def retry_later(code: int, *headers: str) -> Fault:
    """Return a fault whose headers ask the client to retry later."""
    date = f"date: {formatdate(RESPONSE_TIME, usegmt=True)}"
    return status(code, published, date, *headers)


def http_date_after(seconds: int) -> str:
    """Return the HTTP date that many seconds after the response."""
    return formatdate(RESPONSE_TIME + seconds, usegmt=True)


def redirect(code: int, other_url: str) -> Fault:
    """Return a fault that redirects to another server."""
    return status(code, empty, f"location: {other_url}/chat/completions")
