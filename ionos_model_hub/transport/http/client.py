"""An HTTP/1.1 client that sends requests over pooled connections.

It is used instead of httpx, which costs more than everything else in a call, and whose pool slows
down with every request in flight and leaks slots when requests are cancelled. Here, idle
connections are kept on a stack, and a connection in use belongs only to its response. Acquiring
and returning one costs the same at any load, and there are no slots to leak. The sync and the
async client share this code and differ in the sockets that they open.

A server may close an idle connection at the very moment when it is reused. A request that hits
such a stale connection is sent once more, immediately and on a new connection, under four
conditions: the connection has served a request before; it was closed or reset, and no timeout had
expired; no byte of a response has arrived; and the request was sent less than
`STALE_CONNECTION_WINDOW` ago, because a later end means that the server aborted its work. Browsers
do the same for all requests, Go only for idempotent ones. Nothing proves that the server did not
process the request. If it did, the request is billed twice, as with any retry after a lost
connection. So `allow_resend=False` disables it.
"""

from __future__ import annotations

import logging

from ionos_model_hub.transport.http.errors import (
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    ConvertError,
    HttpError,
    reason_of,
    unchanged,
)
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.http.pool import IdleConnections
from ionos_model_hub.transport.http.proxy import Proxy
from ionos_model_hub.transport.http.response import HttpResponse
from ionos_model_hub.transport.http.sockets import OpenSocket, Socket
from ionos_model_hub.transport.http.target import Origin, parse_target

logger = logging.getLogger(__name__)


class HttpClient:
    """Sends requests and keeps their connections for later ones. Safe to use from threads.

    Args:
        open_socket: Connects to a server, blocking or on the event loop.
        convert_error: Returns the exception that is raised instead of an HttpError. Converting
            here saves callers a stack frame and an exception context.
        proxy: The proxy to connect through, or None for direct connections.

    Attributes:
        idle: The connections that are not in use.
    """

    def __init__(
        self,
        open_socket: OpenSocket,
        convert_error: ConvertError = unchanged,
        proxy: Proxy | None = None,
    ) -> None:
        self._open_socket = open_socket
        self._convert_error = convert_error
        self._proxy = proxy
        self.idle = IdleConnections()

    async def send(self, request: OutgoingRequest) -> HttpResponse:
        """Send a request and return when the response headers have arrived; raises HttpError."""
        failure: HttpError
        try:
            target = parse_target(request.url, self._proxy)
            if connection := self.idle.take(target.origin):
                response = HttpResponse(self.idle, target, connection, request, self._convert_error)
                try:
                    await response.start()
                except ConnectionLostError:
                    if not (request.allow_resend and response.hit_stale_connection):
                        raise
                    logger.debug("%s closed an idle connection; resending", target.origin.host)
                else:
                    return response
            connection = await self._connect(target.origin, request.connect_timeout)
            response = HttpResponse(self.idle, target, connection, request, self._convert_error)
            await response.start()
        except HttpError as error:
            failure = error.with_traceback(None)
        else:
            return response
        raise self._convert_error(failure)

    async def _connect(self, origin: Origin, seconds: float) -> Socket:
        failure: HttpError
        try:
            return await self._open_socket(origin, seconds)
        except HttpError as error:
            failure = error.with_traceback(None)
        except TimeoutError:
            failure = ConnectTimeoutError("the server could not be reached in time", origin.host)
        except OSError as error:
            failure = ConnectError(reason_of(error), origin.host)
        failure.uses_proxy = origin.proxy is not None
        raise failure

    def close(self) -> None:
        """Close idle connections immediately, and the others when their responses are closed."""
        self.idle.close()

    async def aclose(self) -> None:
        """Do the same as `close`."""
        self.idle.close()
