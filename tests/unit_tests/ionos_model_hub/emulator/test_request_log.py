"""The request log: numbers, bounds, responses and subscriptions."""

import asyncio
import json
from typing import Any

import pytest

from ionos_model_hub.emulator import log_feed, request_log
from ionos_model_hub.emulator.recorded import RecordedChat, RecordedRequest, record_request
from ionos_model_hub.emulator.recorded_response import RecordedChunk, RecordedResponse
from ionos_model_hub.emulator.request_log import RequestLog


def request(content: bytes = b"{}") -> RecordedRequest:
    return record_request("POST", "/v1/chat/completions", {}, content, authorised=True)


def numbers(log: RequestLog) -> list[int]:
    return [each.number for each in log.latest()]


def test_requests_are_numbered_and_found() -> None:
    log = RequestLog()
    first, second = log.add(request()), log.add(request(b'{"model": "a"}'))
    assert numbers(log) == [1, 2]
    assert log.latest(1) == [second]
    assert log.find(1) is first
    assert isinstance(log.find(1), RecordedChat)
    assert log.find(3) is None
    assert (log.latest(0), len(log)) == ([], 2)
    log.clear()
    assert (numbers(log), log.add(request()).number) == ([], 1)


def test_number_of_requests_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "MAX_RECORDED_REQUESTS", 3)
    log = RequestLog()
    for _ in range(5):
        log.add(request())
    assert numbers(log) == [3, 4, 5]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "MAX_LOG_BYTES", 10_000)
    log = RequestLog()
    for _ in range(5):
        log.add(request(json.dumps(["a" * 4_000]).encode()))
    assert numbers(log) == [4, 5]
    log.add_chunk(log.add(request()), b"a" * 9_000)
    assert numbers(log) == [6]
    log.add(request(json.dumps({"a": "b" * 100_000}).encode()))
    assert numbers(log) == [7]  # the newest one is kept in any case


def test_memory_of_many_small_values_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "MAX_LOG_BYTES", 100_000)
    log = RequestLog()
    for _ in range(5):
        log.add(request(json.dumps([{}] * 1_000).encode()))
    assert numbers(log) == [5]


def test_responses_are_truncated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "MAX_RESPONSE_BYTES", 1_000)
    log = RequestLog()
    one = log.add(request())
    for _ in range(5):
        log.add_chunk(one, b"a" * 300)
    assert (len(one.response.body), one.response.truncated) == (600, True)


def test_chunks_of_removed_requests_are_not_counted() -> None:
    log = RequestLog()
    old = log.add(request())
    log.clear()
    new = log.add(request())
    log.add_chunk(old, b"a")
    log.end(old, "complete")
    assert (old.response.chunks, new.response.chunks, new.response.outcome) == ([], [], "pending")


def test_response_is_recorded() -> None:
    log = RequestLog()
    one = log.add(request())
    assert one.response.outcome == "pending"
    log.add_head(one, 200, {"content-type": "application/json"})
    log.add_chunk(one, b'{"usage": ')
    log.add_chunk(one, b'{"total_tokens": 3}}')
    log.end(one, "complete")
    log.end(one, "disconnected")
    response = one.response
    assert (response.status, response.outcome) == (200, "complete")
    assert (response.json["usage"], response.usage) == ({"total_tokens": 3},) * 2
    first, second = response.chunks
    times = [response.seconds_to_head, first.seconds, second.seconds, response.seconds]
    assert times == sorted(time for time in times if time is not None)


def test_events_of_a_stream() -> None:
    data = [b'data: {"a": "x\xe2\x80\xa8y"}\n\n', b": comment\n\n", b'data:{"usage": {"a": 1}}\n\n']
    response = RecordedResponse(
        headers={"content-type": "text/event-stream; charset=utf-8"},
        chunks=[RecordedChunk(0, each) for each in [*data, b"data: [DONE]\n\n"]],
    )
    assert response.events == [{"a": "x\u2028y"}, {"usage": {"a": 1}}]
    assert response.usage == {"a": 1}
    assert response.is_stream
    assert RecordedResponse().usage is None


async def test_feed_yields_all_changes() -> None:
    log = RequestLog()
    with log.subscribe() as feed:
        one = log.add(request())
        log.add_head(one, 200, {})
        log.add_chunk(one, b"a")
        log.end(one, "complete")
        await asyncio.to_thread(log.clear)
        log.close()
        events = [event async for event in feed]
    assert [event.kind for event in events] == ["request", "response", "chunk", "end", "clear"]
    assert events[2].chunk == one.response.chunks[0]
    assert {id(event.request) for event in events[:4]} == {id(one)}


async def test_feed_ends_when_it_falls_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_feed, "MAX_PENDING_EVENTS", 5)
    log = RequestLog()
    with log.subscribe() as feed:
        for _ in range(20):
            log.add(request())
        await asyncio.sleep(0)
        assert len([event async for event in feed]) == 5
    log.add(request())


async def test_feed_of_a_closed_loop_is_ignored() -> None:
    log = RequestLog()

    async def subscribe() -> Any:
        return log.subscribe()

    def run() -> None:
        asyncio.run(subscribe())

    await asyncio.to_thread(run)
    log.add(request())
    assert len(log) == 1
