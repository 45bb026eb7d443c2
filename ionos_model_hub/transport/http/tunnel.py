"""Tunnels through HTTP proxies, for HTTPS servers."""

from collections.abc import Callable
from http import HTTPStatus

from ionos_model_hub.transport.http.errors import ProxyError
from ionos_model_hub.transport.http.messages import encode_request_head
from ionos_model_hub.transport.http.parser import ResponseParser
from ionos_model_hub.transport.http.sockets import Socket
from ionos_model_hub.transport.http.target import Origin


async def open_tunnel(
    connection: Socket, origin: Origin, seconds_left: Callable[[], float]
) -> None:
    """Let the proxy at the other end of a connection connect it to a server.

    Args:
        connection: A connection to the proxy.
        origin: The server.
        seconds_left: Returns the time left.

    Raises:
        ProxyError: The proxy refuses, or violates HTTP.
        OSError: The connection is lost. TimeoutError when no time is left.
    """
    authority = f"[{origin.host}]" if ":" in origin.host else origin.host
    authority = f"{authority}:{origin.port}"
    headers = {"host": authority}
    if origin.proxy and origin.proxy.authorization:
        headers["proxy-authorization"] = origin.proxy.authorization
    head = encode_request_head("CONNECT", authority, headers, None)
    await connection.write(head, seconds_left())
    parser = ResponseParser()
    while not parser.has_head and not parser.failure:
        if data := await connection.read(seconds_left()):
            parser.feed(data)
        else:
            parser.end()
    if problem := _problem(parser):
        raise ProxyError(problem, origin.host)


def _problem(parser: ResponseParser) -> str:
    """Return why the response to a CONNECT request opens no tunnel, "" if it does."""
    if not parser.has_head:
        return parser.failure
    if parser.status // 100 != HTTPStatus.OK // 100:
        return describe_status(parser.status)
    # A server that speaks TLS waits for the client. The proxy's response has no body.
    return "the proxy sent data before the TLS handshake" if parser.take() else ""


def describe_status(status: int) -> str:
    """Return a status with its standard phrase: the server's own may echo the credentials.

    Example:
        >>> describe_status(407)
        '407 Proxy Authentication Required'
    """
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
