"""The response bodies of the stub.

Responses are selected by name: `chat`, `stream.<chunks>.<framing>`, `tool.<characters>.<framing>`,
`object.<items>.<framing>`, `embed.<vectors>`, `agent.json` and `agent.<framing>`. Framings: `event`
(one HTTP chunk for each event), `coalesced` (HTTP chunks of 16 KiB with many events), `trickle` (as
`event`, but each chunk is sent separately).
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
COALESCED_BYTES = 16 * 1024
AGENT_CHUNKS = 8
REPLY_TEXT = "The harbour opens at seven, and a berth costs two euros a metre."
WORDS = ("the ", "harbour ", "opens ", "at ", "seven, ", "and ", "closes ", "late. ")
USAGE = {"prompt_tokens": 20, "completion_tokens": 12, "total_tokens": 32}
_HEAD = {"id": "chatcmpl-1", "created": 1764000000, "model": MODEL}


@cache
def tool_arguments() -> str:
    """Return the arguments of the tool call (64 KiB): an object with one long string."""
    text = "".join(WORDS) * (TOOL_BYTES // 45)
    empty = len(json.dumps({"text": ""}))
    return json.dumps({"text": text[: TOOL_BYTES - empty]})


def chat(message: Json | None = None, finish: str = "stop") -> bytes:
    """Return a non-streamed response."""
    message = message or {"role": "assistant", "content": REPLY_TEXT}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return _json({**_HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE})


def text_events(chunks: int) -> Iterator[bytes]:
    """Yield the events of a text in `chunks` deltas."""
    pieces = (WORDS[index % len(WORDS)] for index in range(chunks))
    return _events(({"content": piece} for piece in pieces), "stop")


def tool_events(size: int) -> Iterator[bytes]:
    """Yield the events of a tool call with its arguments in deltas of `size` characters."""
    arguments = tool_arguments()
    pieces = (arguments[at : at + size] for at in range(0, len(arguments), size))
    return _call_events("write_file", pieces)


def object_events(items: int) -> Iterator[bytes]:
    """Yield the events of a JSON text: a list of `items` berths in deltas of 12 characters."""
    berths = (f'{{"name": "berth {index}", "metres": {index}}}, ' for index in range(items))
    text = '{"berths": [' + "".join(berths).rstrip(", ") + "]}"
    pieces = (text[at : at + 12] for at in range(0, len(text), 12))
    return _events(({"content": piece} for piece in pieces), "stop")


def embeddings(count: int) -> bytes:
    """Return `count` vectors of 1,024 numbers in the JSON format of the hub."""
    rng = random.Random(7)
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": [rng.uniform(-0.1, 0.1) for _ in range(DIMENSIONS)],
        }
        for index in range(count)
    ]
    return _json({"object": "list", "data": data, "model": MODEL, "usage": USAGE})


def agent_call() -> bytes:
    """Return the response with a tool call."""
    call = {"name": "weather", "arguments": '{"city": "Berlin"}'}
    calls = [{"id": "call_1", "type": "function", "function": call}]
    return chat({"role": "assistant", "content": "", "tool_calls": calls}, "tool_calls")


def agent_call_events() -> Iterator[bytes]:
    """Yield the events of a streamed response with the same tool call."""
    return _call_events("weather", ['{"city": ', '"Berlin"}'])


def framed(events: Iterable[bytes], framing: str) -> list[bytes]:
    """Return the parts of a chunked body; only `trickle` has more than one."""
    if framing == "coalesced":
        joined = b"".join(events)
        parts = [joined[at : at + COALESCED_BYTES] for at in range(0, len(joined), COALESCED_BYTES)]
    else:
        parts = list(events)
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""]]
    return chunks if framing == "trickle" else [b"".join(chunks)]


def _call_events(name: str, pieces: Iterable[str]) -> Iterator[bytes]:
    first = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
    following = ({"function": {"arguments": piece}} for piece in pieces)
    calls: Iterator[Json] = chain([first], following)
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
