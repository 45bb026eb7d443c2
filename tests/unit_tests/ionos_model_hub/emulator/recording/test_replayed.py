"""Replayed responses take as long as the recorded ones."""

import asyncio

import pytest
from starlette.responses import StreamingResponse

from ionos_model_hub.emulator.recording.files import RecordedExchange
from ionos_model_hub.emulator.recording.replayed import replayed_response

EVENTS = tuple({"seconds": at, "text": f"data: {at}\n\n"} for at in (0.5, 0.75, 2.0))
STREAM = RecordedExchange("POST", "/v1/a", None, 200, {}, 0.5, None, EVENTS)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds: list[float] = []

    async def sleep(delay: float) -> None:
        seconds.append(delay)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return seconds


async def read(response: StreamingResponse) -> list[str | bytes | memoryview]:
    return [event async for event in response.body_iterator]


@pytest.mark.parametrize(("timing", "expected"), [(True, [0.5, 0.0, 0.25, 1.25]), (False, [])])
async def test_stream_has_the_recorded_times(
    slept: list[float], timing: bool, expected: list[float]
) -> None:
    response = await replayed_response(STREAM, timing=timing)
    assert isinstance(response, StreamingResponse)
    assert await read(response) == [f"data: {at}\n\n".encode() for at in (0.5, 0.75, 2.0)]
    assert slept == expected
    assert response.headers["x-emulator-source"] == "replay"
