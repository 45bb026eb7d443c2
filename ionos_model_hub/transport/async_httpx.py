"""Requests of asynchronous calls that are sent with httpx."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx

from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.transport.connection_errors import response_timed_out
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.http.sockets import MIN_TIMEOUT
from ionos_model_hub.transport.httpx_adapter import AsyncTransport
from ionos_model_hub.transport.httpx_transport import (
    AuthorizationHeader,
    convert_httpx_error,
    create_client,
    httpx_request,
    rejected_response,
    response_headers,
    unusable_client,
)


class AsyncHttpx:
    """Sends requests with an httpx.AsyncClient.

    Args:
        user_client: The client passed in by the user, or None to create one.
        proxy: URL of a proxy, for a created client.
        transport: The transport of a created client, which takes precedence over `proxy`.
    """

    def __init__(
        self,
        user_client: httpx.AsyncClient | None,
        proxy: str | None,
        transport: AsyncTransport | None = None,
    ) -> None:
        self._user_client = user_client
        self._limits_reads = transport is None  # Ours limits them itself.
        self._client = user_client or create_client(httpx.AsyncClient, proxy, transport)

    async def send(self, outgoing: OutgoingRequest) -> AsyncHttpxResponse:
        """Send a request; return when the headers have arrived. Raises TransportError."""
        request = httpx_request(outgoing, self._user_client)
        auth = AuthorizationHeader(outgoing.authorization)
        read_timeout = outgoing.read_timeout if self._limits_reads else _unlimited
        converted: ModelHubError
        try:
            async with asyncio.timeout(None) as limit:
                request.extensions["trace"] = _start_limit_when_sending(limit, outgoing)
                response = await self._client.send(
                    request, stream=True, auth=auth, follow_redirects=False
                )
            return AsyncHttpxResponse(response, read_timeout)
        except TimeoutError:
            converted = response_timed_out(request.url.host)
        except httpx.HTTPStatusError as error:
            return AsyncHttpxResponse(rejected_response(error, outgoing), read_timeout)
        except (httpx.TransportError, httpx.DecodingError) as error:
            may_be_proxy = self._user_client is None
            converted = convert_httpx_error(error, request.url.host, may_be_proxy=may_be_proxy)
        except RuntimeError as error:
            converted = unusable_client(error)
        raise converted

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()


class AsyncHttpxResponse:
    """A response of httpx whose body is being read.

    httpx has one timeout for all reads of a request, so each read is limited separately here.
    """

    def __init__(self, response: httpx.Response, read_timeout: Callable[[], float | None]) -> None:
        self.status = response.status_code
        self.headers = response_headers(response)
        self._response = response
        self._read_timeout = read_timeout
        self._parts = _body(response)

    async def read(self) -> bytes | None:
        """Return the next part of the body, or None at its end."""
        converted: ModelHubError
        try:
            async with asyncio.timeout(_at_least_a_moment(self._read_timeout())):
                return await anext(self._parts, None)
        except httpx.TransportError as error:
            converted = convert_httpx_error(error, self._response.url.host)
        except TimeoutError:
            converted = response_timed_out(self._response.url.host)
        raise converted

    async def close(self) -> None:
        """Release the connection."""
        await self._response.aclose()


def _start_limit_when_sending(
    limit: asyncio.Timeout, outgoing: OutgoingRequest
) -> Callable[[str, object], Awaitable[None]]:
    """Return a trace function of httpcore that limits the time until the response head.

    httpx has no such limit. Connecting and waiting for a connection do not count, and they are not
    cancelled, because a bounded httpx pool loses the slot of a request that is cancelled then.
    """

    async def trace(event: str, _: object) -> None:
        seconds = outgoing.head_timeout()
        if event.endswith(".send_request_headers.started") and seconds is not None:
            limit.reschedule(asyncio.get_running_loop().time() + seconds)

    return trace


def _unlimited() -> None:
    """Return no timeout."""


def _at_least_a_moment(seconds: float | None) -> float | None:
    """Return a timeout that allows for reading data that has already arrived."""
    return None if seconds is None else max(seconds, MIN_TIMEOUT)


def _body(response: httpx.Response) -> AsyncIterator[bytes]:
    if response.is_stream_consumed:  # An event hook has read it.
        return response.aiter_bytes()
    return aiter(httpx.ByteStream(b"")) if response.is_closed else response.aiter_raw()
