"""A fast server on loopback that echoes prompts and injects the planned faults.

    python benchmarks/soak/server.py SEED FAULTS

Prints its port, and stops when its standard input is closed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from plan import FINAL, FINAL_IN_STREAMS, Plan, number_in, vector

Json = dict[str, Any]

CHUNK = 8  # characters per event
PAGE = b"<html><title>Welcome</title></html>"
ERRORS = {"400", "404", "408", "429", "500", "502", "503"}


class ServerConnection(asyncio.Protocol):
    """One connection."""

    def __init__(self, plan: Plan, pending_retry: set[int]) -> None:
        self._plan = plan
        self._pending_retry = pending_retry
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if found:
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            if len(body) >= length:
                self._received = body[length:]
                self._respond(json.loads(body[:length]))

    def _respond(self, sent: Json) -> None:
        prompt = sent["input"][0] if "input" in sent else sent["messages"][-1]["content"]
        number = number_in(prompt)
        fault = self._fault(number)
        if fault in ERRORS:
            body = {"httpStatus": int(fault), "messages": [{"errorCode": "x", "message": "no"}]}
            self._send(json.dumps(body).encode(), int(fault))
        elif fault == "page":
            self._send(PAGE, kind="text/html")
        elif fault == "closed":
            self._transport.close()
        elif fault == "reset":
            self._transport.abort()
        elif sent.get("stream"):
            self._stream(prompt, fault)
        else:
            self._send_body(
                embeddings(sent["input"]) if "input" in sent else completion(prompt), fault
            )

    def _fault(self, number: int) -> str:
        """Return the fault of this attempt: most occur once, some every time."""
        fault = self._plan.outcome(number).fault
        if not fault or fault in FINAL or fault in FINAL_IN_STREAMS:
            return fault
        if number in self._pending_retry:
            self._pending_retry.discard(number)
            return ""
        self._pending_retry.add(number)
        return fault

    def _send(self, body: bytes, status: int = 200, kind: str = "application/json") -> None:
        self._transport.write(head(status, kind, f"content-length: {len(body)}") + body)

    def _send_body(self, response: Json, fault: str) -> None:
        body = json.dumps(response).encode()
        if fault == "cut":
            opening = head(200, "application/json", f"content-length: {len(body)}")
            self._transport.write(opening + body[:-9])
            self._transport.close()
        else:
            self._send(body)

    def _stream(self, text: str, fault: str) -> None:
        chunks = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]
        events = [event({"content": chunk}) for chunk in chunks]
        if fault == "cut":
            events = [event({"content": ""})]
        elif fault in FINAL_IN_STREAMS:
            events = events[:2]
        else:
            events += [event({}, "stop"), b"data: [DONE]\n\n"]
        if fault == "error event":
            events.append(b'event: error\ndata: {"error": {"message": "overloaded"}}\n\n')
        opening = head(200, "text/event-stream", "transfer-encoding: chunked")
        self._transport.write(opening + b"".join(map(framed, events)))
        if fault in ("cut", "broken"):
            self._transport.close()
        else:
            self._transport.write(b"0\r\n\r\n")


def head(status: int, kind: str, length: str) -> bytes:
    return f"HTTP/1.1 {status} Status\r\ncontent-type: {kind}\r\n{length}\r\n\r\n".encode()


def framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(delta: Json, finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return f"data: {json.dumps({'id': 'c', 'model': 'm', 'choices': [choice]})}\n\n".encode()


def completion(text: str) -> Json:
    choice = {"index": 0, "message": {"content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
    return {"id": "c", "model": "m", "choices": [choice], "usage": usage}


def embeddings(texts: list[str]) -> Json:
    data = [{"index": place, "embedding": vector(text)} for place, text in enumerate(texts)]
    return {"model": "m", "data": data, "usage": {"prompt_tokens": 3, "total_tokens": 3}}


async def main(seed: int, faults: float) -> None:
    plan, pending_retry = Plan(seed, faults, cancels=0.0), set[int]()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: ServerConnection(plan, pending_retry), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
