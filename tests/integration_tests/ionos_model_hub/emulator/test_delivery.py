"""Delivery of scripted responses: chunks, delays, stalls, cuts and TCP resets."""

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from openai import OpenAI

from ionos_model_hub.emulator import Emulator, Reply, create_app

BODY = {
    "model": "meta-llama/Llama-3.3-70B-Instruct",
    "messages": [{"role": "user", "content": "Hi"}],
}


class RawClient:
    """A connection that returns what arrives, and how it ends."""

    def __init__(self, emulator: Emulator) -> None:
        address = urlsplit(emulator.base_url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=10)

    def send(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self.socket.sendall(head.encode() + content)

    def receive(self, timeout: float = 10) -> tuple[bytes, str]:
        """Return all data, and `closed`, `reset` or `open`."""
        self.socket.settimeout(timeout)
        data = b""
        try:
            while piece := self.socket.recv(65_536):
                data += piece
        except ConnectionResetError:
            return data, "reset"
        except TimeoutError:
            return data, "open"
        return data, "closed"


@pytest.fixture
def raw(ionos_emulator: Emulator) -> Iterator[RawClient]:
    client = RawClient(ionos_emulator)
    yield client
    client.socket.close()


def stream_events(data: bytes) -> list[str]:
    """Return the contents of the deltas of a chunked stream."""
    lines = data.decode().split("\n")
    chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    contents = [chunk["choices"][0]["delta"].get("content") for chunk in chunks]
    return [content for content in contents if content]


@pytest.mark.parametrize(
    ("argument", "end"), [("disconnect_after", "closed"), ("reset_after", "reset")]
)
@pytest.mark.parametrize("stream", [False, True])
def test_connection_ends_before_the_head(
    raw: RawClient, ionos_emulator: Emulator, argument: str, end: str, stream: bool
) -> None:
    ionos_emulator.script(Reply(**{argument: 0}))  # type: ignore[arg-type]
    raw.send({**BODY, "stream": stream})
    assert raw.receive() == (b"", end)
    assert ionos_emulator.requests[0].response.outcome == "disconnected"
    assert ionos_emulator.requests[0].response.status is None


@pytest.mark.parametrize(
    ("argument", "end"), [("disconnect_after", "closed"), ("reset_after", "reset")]
)
def test_connection_ends_after_the_head(
    raw: RawClient, ionos_emulator: Emulator, argument: str, end: str
) -> None:
    ionos_emulator.script(Reply(text="Hello", **{argument: "head"}))  # type: ignore[arg-type]
    raw.send(BODY)
    data, ended = raw.receive()
    assert ended == end
    assert data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert data.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("argument", "end"), [("disconnect_after", "closed"), ("reset_after", "reset")]
)
def test_stream_ends_after_chunks(
    raw: RawClient, ionos_emulator: Emulator, argument: str, end: str
) -> None:
    ionos_emulator.script(Reply(text=["Hel", "lo", "!"], **{argument: 3}))  # type: ignore[arg-type]
    raw.send({**BODY, "stream": True})
    data, ended = raw.receive()
    assert (stream_events(data), ended) == (["Hel", "lo"], end)
    assert b"[DONE]" not in data
    assert len(ionos_emulator.requests[0].response.chunks) == 3


@pytest.mark.parametrize("count", [1, 5])
def test_body_is_cut_in_its_middle(raw: RawClient, ionos_emulator: Emulator, count: int) -> None:
    ionos_emulator.script(Reply(body=b"0123456789", disconnect_after=count))
    raw.send(BODY)
    data, ended = raw.receive()
    assert (data.partition(b"\r\n\r\n")[2], ended) == (b"01234", "closed")
    assert b"content-length: 10" in data


def test_body_is_cut_after_chosen_bytes(raw: RawClient, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(body=b"0123456789", chunk_bytes=[1, 2], reset_after=3))
    raw.send(BODY)
    data, ended = raw.receive()
    assert (data.partition(b"\r\n\r\n")[2], ended) == (b"01234", "reset")
    assert [c.data for c in ionos_emulator.requests[0].response.chunks] == [b"0", b"12", b"34"]


def test_chunks_of_a_stream_can_split_characters(
    raw: RawClient, ionos_emulator: Emulator, client: OpenAI
) -> None:
    ionos_emulator.script(Reply(text="Grüße aus Köln", chunk_bytes=1))
    response = client.chat.completions.create(stream=True, **BODY)  # type: ignore[call-overload]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in response)
    assert text == "Grüße aus Köln"
    assert {len(chunk.data) for chunk in ionos_emulator.requests[0].response.chunks} == {1}


@pytest.mark.parametrize("position", [0, "head", 2])
def test_response_stalls_until_the_client_disconnects(
    raw: RawClient, ionos_emulator: Emulator, position: Any
) -> None:
    ionos_emulator.script(Reply(text="one two three", stall_after=position))
    raw.send({**BODY, "stream": True})
    data, ended = raw.receive(timeout=0.3)
    assert ended == "open"
    assert bool(data) is (position != 0)
    assert len(stream_events(data)) == (1 if position == 2 else 0)
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.socket.close()
    ionos_emulator.stop()
    ionos_emulator.start()
    assert ionos_emulator.requests[0].response.outcome == "disconnected"


def test_default_response_can_be_delayed_and_cut(raw: RawClient, ionos_emulator: Emulator) -> None:
    ionos_emulator.inject(Reply(delay=0.01, disconnect_after=2, headers={"x-a": "1"}))
    raw.send({**BODY, "stream": True})
    data, ended = raw.receive()
    assert (len(stream_events(data)), ended) == (1, "closed")
    assert b"x-a: 1" in data
    assert ionos_emulator.requests[0].response.source == "fault"


def test_faults_take_precedence_over_the_script(client: OpenAI, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(text="scripted"))
    ionos_emulator.inject(Reply(text="fault"))
    for expected in ("fault", "scripted"):
        message = client.chat.completions.create(**BODY).choices[0].message  # type: ignore[call-overload]
        assert message.content == expected
    assert [each.response.source for each in ionos_emulator.requests] == ["fault", "scripted"]


async def test_interruptions_without_a_socket_are_errors() -> None:
    app = create_app(script=[Reply(reset_after=0)])
    headers = {"authorization": "Bearer k"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", headers=headers
    ) as http:
        with pytest.raises(ConnectionResetError):
            await http.post("/v1/chat/completions", json=BODY)
