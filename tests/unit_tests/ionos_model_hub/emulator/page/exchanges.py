"""Recorded requests with responses, for the tests of the page."""

import json
from collections.abc import Sequence
from typing import Any

from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.recorded_response import RecordedChunk, RecordedResponse


def chat_request(**values: Any) -> RecordedRequest:
    """Return a chat request; `json` and `response` may be replaced."""
    defaults: dict[str, Any] = {
        "method": "POST",
        "path": "/v1/chat/completions",
        "headers": {"user-agent": "test"},
        "json": {"model": "m", "messages": [{"role": "user", "content": "Hello"}]},
        "authorised": True,
        "number": 1,
    }
    return RecordedRequest(**{**defaults, **values})


def json_response(body: object, status: int = 200, **values: Any) -> RecordedResponse:
    """Return a complete response with a JSON body."""
    return RecordedResponse(
        status=status,
        headers={"content-type": "application/json"},
        chunks=[RecordedChunk(0.2, json.dumps(body).encode())],
        seconds_to_head=0.1,
        seconds=0.2,
        outcome=values.pop("outcome", "complete"),
        **values,
    )


def stream_response(events: Sequence[object], **values: Any) -> RecordedResponse:
    """Return a stream, complete unless `outcome` differs."""
    chunks = [
        RecordedChunk(0.1 * number, b"data: " + json.dumps(event).encode() + b"\n\n")
        for number, event in enumerate(events, 1)
    ]
    outcome = values.pop("outcome", "complete")
    return RecordedResponse(
        status=200,
        headers={"content-type": "text/event-stream; charset=utf-8"},
        chunks=chunks,
        seconds_to_head=0.05,
        seconds=1.0 if outcome != "pending" else None,
        outcome=outcome,
        **values,
    )


def delta(**fields: Any) -> dict[str, Any]:
    """Return a chunk of a chat stream."""
    finish_reason = fields.pop("finish_reason", None)
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish_reason}]}
