"""Delays and chunks of scripted responses, without a server."""

from typing import Any

import pytest

from ionos_model_hub.emulator import Reply, delivery
from ionos_model_hub.emulator.delivery import PacedSend

HEAD = {"type": "http.response.start", "status": 200, "headers": []}
STREAM_HEAD = {**HEAD, "headers": [(b"content-type", b"text/event-stream; charset=utf-8")]}


def body(content: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": more}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Chunks that are sent, and seconds of the pauses between them."""
    entries: list[Any] = []

    async def pause(seconds: float, receive: object) -> None:
        if seconds:
            entries.append(seconds)

    monkeypatch.setattr(delivery, "pause", pause)
    return entries


async def deliver(log: list[Any], reply: Reply, *messages: Any) -> list[Any]:
    async def receive() -> Any:
        raise AssertionError

    async def send(message: Any) -> None:
        log.append(message.get("body", "head"))

    paced = PacedSend(reply, receive, send, lambda: None)
    for message in messages:
        await paced(message)
    return log


async def test_delays_before_and_between_the_chunks_of_a_stream(log: list[Any]) -> None:
    reply = Reply(text="a", first_chunk_delay=2, chunk_delay=1)
    events = [body(b"one", more=True), body(b"two", more=True), body(b"")]
    sent = await deliver(log, reply, STREAM_HEAD, *events)
    assert sent == ["head", 2, b"one", 1, b"two", b""]


async def test_body_in_chunks_of_chosen_sizes(log: list[Any]) -> None:
    reply = Reply(json={}, chunk_bytes=[1, 3, 2], chunk_delay=1)
    sent = await deliver(log, reply, HEAD, body(b"0123456789"))
    assert sent == ["head", b"0", 1, b"123", 1, b"45", 1, b"67", 1, b"89", b""]


async def test_chunk_sizes_apply_to_the_complete_stream(log: list[Any]) -> None:
    reply = Reply(text="a", chunk_bytes=[2, 1])
    events = [body(b"one", more=True), body(b"two", more=True), body(b"")]
    sent = await deliver(log, reply, STREAM_HEAD, *events)
    assert sent == ["head", b"on", b"e", b"t", b"w", b"o", b""]


async def test_body_is_one_chunk_by_default(log: list[Any]) -> None:
    reply = Reply(json={}, first_chunk_delay=1, chunk_delay=5)
    assert await deliver(log, reply, HEAD, body(b"0123")) == ["head", 1, b"0123", b""]
