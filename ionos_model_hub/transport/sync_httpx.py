"""Requests of synchronous calls that are sent with httpx."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

import httpx

from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.transport.connection_errors import response_timed_out
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.httpx_adapter import SyncTransport
from ionos_model_hub.transport.httpx_transport import (
    AuthorizationHeader,
    convert_httpx_error,
    create_client,
    httpx_request,
    rejected_response,
    response_headers,
    unusable_client,
)

LATE_SECONDS = 0.1
"""Seconds that reads may wait in total after a limit has passed."""


class SyncHttpx:
    """Sends requests with an httpx.Client.

    Args:
        user_client: The client passed in by the user, or None to create one.
        proxy: URL of a proxy, for a created client.
        transport: The transport of a created client, which takes precedence over `proxy`.
    """

    def __init__(
        self,
        user_client: httpx.Client | None,
        proxy: str | None,
        transport: SyncTransport | None = None,
    ) -> None:
        self._user_client = user_client
        self._client = user_client or create_client(httpx.Client, proxy, transport)

    async def send(self, outgoing: OutgoingRequest) -> SyncHttpxResponse:
        """Send a request; return when the headers have arrived. Raises TransportError."""
        request = httpx_request(outgoing, self._user_client)
        auth = AuthorizationHeader(outgoing.authorization)
        converted: ModelHubError
        try:
            response = self._client.send(request, stream=True, auth=auth, follow_redirects=False)
            return SyncHttpxResponse(response, outgoing.read_timeout)
        except httpx.HTTPStatusError as error:
            return SyncHttpxResponse(rejected_response(error, outgoing), outgoing.read_timeout)
        except (httpx.TransportError, httpx.DecodingError) as error:
            may_be_proxy = self._user_client is None
            converted = convert_httpx_error(error, request.url.host, may_be_proxy=may_be_proxy)
        except RuntimeError as error:
            converted = unusable_client(error)
        raise converted

    def close(self) -> None:
        """Close the client, unless the user passed it in."""
        if self._user_client is None:
            self._client.close()


class SyncHttpxResponse:
    """A response of httpx whose body is being read.

    httpx has one timeout for all reads of a request, so a single read may exceed a limit. After a
    limit, reads may wait for at most `LATE_SECONDS`. Data that has arrived takes no wait.
    """

    def __init__(self, response: httpx.Response, read_timeout: Callable[[], float | None]) -> None:
        self.status = response.status_code
        self.headers = response_headers(response)
        self._response = response
        self._read_timeout = read_timeout
        self._late_seconds = 0.0
        self._parts = _body(response)

    async def read(self) -> bytes | None:
        """Return the next part of the body, or None at its end."""
        converted: ModelHubError
        started_at = monotonic() if self._read_timeout() == 0 else None
        try:
            part = next(self._parts, None)
        except httpx.TransportError as error:
            converted = convert_httpx_error(error, self._response.url.host)
        else:
            if started_at is not None:
                self._late_seconds += monotonic() - started_at
            if part is None or self._late_seconds <= LATE_SECONDS:
                return part
            converted = response_timed_out(self._response.url.host)
        raise converted

    async def close(self) -> None:
        """Release the connection."""
        self._response.close()


def _body(response: httpx.Response) -> Iterator[bytes]:
    if response.is_stream_consumed:  # An event hook has read it.
        return response.iter_bytes()
    return iter(httpx.ByteStream(b"")) if response.is_closed else response.iter_raw()
