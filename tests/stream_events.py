"""Events of streams, and their assembly."""

import json
from typing import Any

from ionos_model_hub.wire.assembly import ChatAssembler
from ionos_model_hub.wire.response_types import ChatCompletion, Delta

DONE = "[DONE]"
QWEN = "Qwen/Qwen3.5-9B"
MISTRAL = "mistralai/Mistral-Small-24B-Instruct"


def chunk(*choices: Any, **more: Any) -> str:
    """Return the data of an event."""
    return json.dumps({"id": "chat-1", "choices": list(choices), **more})


def says(content: str, finish: str | None = None, index: int = 0) -> dict[str, Any]:
    """Return a choice that adds text."""
    return {"index": index, "delta": {"content": content}, "finish_reason": finish}


def ends(reason: str = "stop", index: int = 0) -> dict[str, Any]:
    """Return a choice that ends."""
    return {"index": index, "delta": {}, "finish_reason": reason}


def assemble(*events: str) -> tuple[list[Delta], ChatCompletion]:
    """Return all deltas of a stream, and the response."""
    assembler = ChatAssembler("m")
    deltas = [delta for event in events for delta in assembler.feed(event)]
    last, response = assembler.finish()
    return deltas + last, response
