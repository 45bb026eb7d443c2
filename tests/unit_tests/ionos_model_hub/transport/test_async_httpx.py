"""Requests of asynchronous calls through httpx."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from unit_tests.ionos_model_hub.transport.httpx_requests import outgoing

from ionos_model_hub.errors import RequestTimeoutError
from ionos_model_hub.transport.async_httpx import AsyncHttpx


async def test_each_read_has_its_own_timeout() -> None:
    class HangingStream(httpx.AsyncByteStream):
        is_closed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"hi"
            await asyncio.Event().wait()

        async def aclose(self) -> None:
            self.is_closed = True

    body = HangingStream()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))
    seconds_left = iter([60.0, 0.01])
    async with httpx.AsyncClient(transport=transport) as client:
        request = outgoing()._replace(read_timeout=lambda: next(seconds_left))
        response = await AsyncHttpx(client, None).send(request)
        assert await response.read() == b"hi"
        with pytest.raises(RequestTimeoutError, match="no usable data") as caught:
            await response.read()
        await response.close()
    assert body.is_closed
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("event", ["http11.send_request_headers.started", "connection.started"])
async def test_time_until_response_head_is_limited_from_sending_on(event: str) -> None:
    is_limited = event.endswith("headers.started")

    async def respond(request: httpx.Request) -> httpx.Response:
        await request.extensions["trace"](event, {})
        await asyncio.sleep(60 if is_limited else 0.01)
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as client:
        sending = AsyncHttpx(client, None).send(outgoing(read_timeout=0.001))
        if not is_limited:
            assert (await sending).status == 200
            return
        with pytest.raises(RequestTimeoutError) as caught:
            await sending
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
