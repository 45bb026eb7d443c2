"""Responses from recorded exchanges."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from ionos_model_hub.emulator.backend import SOURCE_HEADER
from ionos_model_hub.emulator.recording.content import restore, restore_event
from ionos_model_hub.emulator.recording.files import RecordedExchange


async def replayed_response(exchange: RecordedExchange, *, timing: bool) -> Response:
    """Return the recorded response.

    Args:
        exchange: The recording.
        timing: Whether to wait as long as the recorded server took.
    """
    if timing:
        await asyncio.sleep(exchange.seconds)
    headers = {**exchange.headers, SOURCE_HEADER: "replay"}
    if exchange.content is None:
        return StreamingResponse(_events(exchange, timing=timing), exchange.status, headers)
    return Response(restore(exchange.content), exchange.status, headers)


async def _events(exchange: RecordedExchange, *, timing: bool) -> AsyncIterator[bytes]:
    passed = exchange.seconds
    for event in exchange.events:
        if timing:
            await asyncio.sleep(max(0.0, event["seconds"] - passed))
            passed = event["seconds"]
        yield restore_event(event)
