"""One request on one connection, and its response."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from math import inf
from time import monotonic

from ionos_model_hub.transport.http.errors import (
    ConnectionLostError,
    ConvertError,
    HttpError,
    ProxyError,
    ResponseTimeoutError,
    reason_of,
)
from ionos_model_hub.transport.http.messages import OutgoingRequest, encode_request_head
from ionos_model_hub.transport.http.parser import ResponseParser, keepalive_timeout
from ionos_model_hub.transport.http.pool import IdleConnections
from ionos_model_hub.transport.http.sockets import Socket
from ionos_model_hub.transport.http.target import Target
from ionos_model_hub.transport.http.tunnel import describe_status

STALE_CONNECTION_WINDOW = 1.0
"""Seconds after sending in which the end of a reused connection means that it was stale.

A connection that the server closed while it was idle shows this within one round trip.
"""


class HttpResponse:
    """The response to a request that `start` sends.

    Args:
        idle: Takes the connection when it can be reused.
        target: The destination of the request.
        connection: An open connection to it.
        request: The request.
        convert_error: Returns the exception that `read` raises instead of an HttpError.
    """

    def __init__(
        self,
        idle: IdleConnections,
        target: Target,
        connection: Socket,
        request: OutgoingRequest,
        convert_error: ConvertError,
    ) -> None:
        self._idle = idle
        self._target = target
        self._connection = connection
        self._request = request
        self._convert_error = convert_error
        self._parser = ResponseParser()
        self._started_at = monotonic()
        self._is_closed = False

    @property
    def status(self) -> int:
        """HTTP status."""
        return self._parser.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers, with lower-case names."""
        return self._parser.headers

    @property
    def hit_stale_connection(self) -> bool:
        """Whether the server probably closed the connection before it read the request."""
        is_recent = monotonic() < self._started_at + STALE_CONNECTION_WINDOW
        return is_recent and not self._parser.has_begun

    async def start(self) -> None:
        """Send the request and read the response head; closes the connection if that fails."""
        failure: HttpError
        try:
            timeout = self._request.head_timeout()
            ends_at = inf if timeout is None else monotonic() + timeout
            try:
                await self._connection.write(self._encode(), timeout)
            except TimeoutError:
                raise
            except OSError:
                # A server that rejects a long request may close the connection before it has read
                # all of it. Its response says why.
                pass
            await self._receive_head(ends_at)
        except OSError as error:
            failure = self._error(error)
        except BaseException as error:
            self._connection.close()
            # The frames below hold the API key in clear text, and some tools show local variables.
            error.__traceback__ = None
            raise
        else:
            return
        self._connection.close()
        raise failure

    async def read(self) -> bytes | None:
        """Return the body received since the last call, possibly b"", or None at its end."""
        parser, failure = self._parser, None
        data = parser.take()
        if not (data or parser.is_complete or parser.failure):
            try:
                await self._receive(self._request.read_timeout())
            except OSError as error:
                failure = self._error(error)
            data = parser.take()
        if data:
            return data
        if parser.failure:
            failure = ConnectionLostError(parser.failure, self._target.origin.host)
        if failure:
            raise self._convert_error(failure)
        return None if parser.is_complete else b""

    async def close(self) -> None:
        """Keep the connection for another request if possible, else close it."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._parser.can_stay_open:
            server_keepalive = keepalive_timeout(self._parser.headers)
            self._idle.put(self._target.origin, self._connection, server_keepalive)
        else:
            self._connection.close()

    def _encode(self) -> bytes:
        request = self._request
        headers = {
            "host": self._target.authority,
            **request.headers,
            "authorization": request.authorization(),
        }
        origin = self._target.origin
        if origin.proxy and origin.proxy.authorization and not origin.is_secure:
            headers["proxy-authorization"] = origin.proxy.authorization
        content = request.content
        method, length = ("GET", None) if content is None else ("POST", len(content))
        return encode_request_head(method, self._target.path, headers, length) + (content or b"")

    async def _receive_head(self, ends_at: float) -> None:
        while not self._parser.has_head:
            if self._parser.failure:
                raise ConnectionLostError(self._parser.failure, self._target.origin.host)
            await self._receive(None if ends_at == inf else max(ends_at - monotonic(), 0.0))
        origin = self._target.origin
        if origin.proxy and self.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise ProxyError(describe_status(self.status), origin.host)

    async def _receive(self, seconds: float | None) -> None:
        if data := await self._connection.read(seconds):
            self._parser.feed(data)
        else:
            self._parser.end()

    def _error(self, error: OSError) -> HttpError:
        if isinstance(error, HttpError):
            return error.with_traceback(None)
        host = self._target.origin.host
        if isinstance(error, TimeoutError):
            return ResponseTimeoutError("the server did not respond in time", host)
        return ConnectionLostError(reason_of(error), host)
