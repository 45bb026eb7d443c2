"""The answers of the stub as bytes on the wire, each built once.

An answer's name says what it is: `chat`, `stream.<chunks>.<framing>`,
`tool.<characters>.<framing>`, `object.<items>.<framing>`, `embed.<vectors>`, `agent.json` and
`agent.<framing>`. Framings: `event` (one HTTP chunk for each event), `coalesced` (events fill
HTTP chunks of 16 KiB), `trickle` (as `event`, but sent one at a time).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Any

Json = dict[str, Any]

MODEL = "openai/gpt-oss-120b"
DIMENSIONS = 1024
TOOL_BYTES = 64 * 1024
COALESCED = 16 * 1024
AGENT_CHUNKS = 8
ANSWER = "The harbour opens at seven, and a berth costs two euros a metre."
WORDS = ("the ", "harbour ", "opens ", "at ", "seven, ", "and ", "closes ", "late. ")
USAGE = {"prompt_tokens": 20, "completion_tokens": 12, "total_tokens": 32}
_HEAD = {"id": "chatcmpl-1", "created": 1764000000, "model": MODEL}


@cache
def whole_arguments() -> str:
    """Return the 64 KiB of arguments of the tool call: an object with one long text."""
    text = "".join(WORDS) * (TOOL_BYTES // 45)
    empty = len(json.dumps({"text": ""}))
    return json.dumps({"text": text[: TOOL_BYTES - empty]})


def chat(message: Json | None = None, finish: str = "stop") -> bytes:
    """Return a whole answer."""
    said = message or {"role": "assistant", "content": ANSWER}
    choice = {"index": 0, "message": said, "finish_reason": finish}
    return _json({**_HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE})


def text_events(chunks: int) -> Iterator[bytes]:
    """Yield a streamed text of so many pieces."""
    pieces = (WORDS[place % len(WORDS)] for place in range(chunks))
    return _events(({"content": piece} for piece in pieces), "stop")


def tool_events(size: int) -> Iterator[bytes]:
    """Yield a streamed tool call with its arguments in pieces of `size` characters."""
    whole = whole_arguments()
    pieces = (whole[at : at + size] for at in range(0, len(whole), size))
    return _call_events("write_file", pieces)


def object_events(items: int) -> Iterator[bytes]:
    """Yield a streamed JSON text: a list of so many berths, a piece for each part of a berth."""
    berths = (f'{{"name": "berth {place}", "metres": {place}}}, ' for place in range(items))
    whole = '{"berths": [' + "".join(berths).rstrip(", ") + "]}"
    pieces = (whole[at : at + 12] for at in range(0, len(whole), 12))
    return _events(({"content": piece} for piece in pieces), "stop")


def embeddings(count: int) -> bytes:
    """Return so many vectors of 1,024 numbers, written as the hub writes them."""
    chance = random.Random(7)
    data = [
        {
            "object": "embedding",
            "index": place,
            "embedding": [chance.uniform(-0.1, 0.1) for _ in range(DIMENSIONS)],
        }
        for place in range(count)
    ]
    return _json({"object": "list", "data": data, "model": MODEL, "usage": USAGE})


def agent_call() -> bytes:
    """Return the answer in which the model calls a tool."""
    call = {"name": "weather", "arguments": '{"city": "Berlin"}'}
    calls = [{"id": "call_1", "type": "function", "function": call}]
    return chat({"role": "assistant", "content": "", "tool_calls": calls}, "tool_calls")


def agent_call_events() -> Iterator[bytes]:
    """Yield the same as a stream."""
    return _call_events("weather", ['{"city": ', '"Berlin"}'])


def framed(events: Iterable[bytes], framing: str) -> list[bytes]:
    """Return the HTTP chunks of a stream; only those of `trickle` are sent one by one."""
    if framing == "coalesced":
        joined = b"".join(events)
        parts = [joined[at : at + COALESCED] for at in range(0, len(joined), COALESCED)]
    else:
        parts = list(events)
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""]]
    return chunks if framing == "trickle" else [b"".join(chunks)]


def _call_events(name: str, pieces: Iterable[str]) -> Iterator[bytes]:
    begin = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
    following = ({"function": {"arguments": piece}} for piece in pieces)
    calls: Iterator[Json] = chain([begin], following)
    return _events(({"tool_calls": [{"index": 0, **call}]} for call in calls), "tool_calls")


def _events(deltas: Iterable[Json], finish: str) -> Iterator[bytes]:
    yield _event({"role": "assistant", "content": ""})
    yield from map(_event, deltas)
    yield _event({}, finish)
    last = {**_HEAD, "object": "chat.completion.chunk", "choices": [], "usage": USAGE}
    yield b"data: %b\n\n" % _json(last)
    yield b"data: [DONE]\n\n"


def _event(delta: Json, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: %b\n\n" % _json(
        {**_HEAD, "object": "chat.completion.chunk", "choices": [choice]}
    )


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
