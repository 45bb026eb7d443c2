"""Error statuses, in the hub's three shapes of body; each repeats the key it was sent."""

from collections.abc import Callable
from email.utils import formatdate

from faults import answers
from faults.server import Connection, Fault

ANSWERED_AT = 1_800_000_000


def published(told: str) -> object:
    return {"error": {"message": told, "type": "invalid_request_error", "code": None}}


def gateway(told: str) -> object:
    return {"httpStatus": 0, "messages": [{"errorCode": "paas-1", "message": told}]}


def wrapped(told: str) -> object:
    return {"error": {"httpStatus": 0, "message": told}}


def page(told: str) -> object:
    return f"<html><title>{told}</title></html>"


def nothing(told: str) -> object:
    return b""


def status(code: int, shape: Callable[[str], object] = published, *headers: str) -> Fault:
    """Return a fault that answers with a status."""

    def answer(connection: Connection) -> None:
        sent = connection.request.headers["authorization"]
        echo = f"x-trace-id: trace-of-{sent}"
        answers.respond(connection, shape(f"Told: {sent}."), echo, *headers, status=code)

    return answer


def later(code: int, *headers: str) -> Fault:
    """Return a fault that asks to come back later."""
    date = f"date: {formatdate(ANSWERED_AT, usegmt=True)}"
    return status(code, published, date, *headers)


def in_seconds(seconds: int) -> str:
    """Return an HTTP date so many seconds after the answer."""
    return formatdate(ANSWERED_AT + seconds, usegmt=True)


def redirect(code: int, elsewhere: str) -> Fault:
    """Return a fault that sends the client to another host."""
    return status(code, nothing, f"location: {elsewhere}/chat/completions")
