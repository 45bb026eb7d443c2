"""Any conversation can be repaired; no text is lost, and repairing it again changes nothing."""

from itertools import pairwise
from typing import Any

from fuzz.draw import Draw

from ionos_model_hub.wire.conversation_repair import repair_conversation

CALL = {"id": "a", "type": "function", "function": {"name": "now", "arguments": "{}"}}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


def check(data: bytes) -> None:
    draw = Draw(data)
    messages = [message_of(draw) for _ in range(draw.below(12))]
    repaired = repair_conversation(messages)
    assert repair_conversation(repaired) == repaired
    roles = [message["role"] for message in repaired]
    assert "system" not in roles[roles.count("system") :]
    assert ("tool", "user") not in pairwise(roles)
    contents = [str(message["content"]) for message in repaired]
    for message in messages:
        assert any(str(message["content"] or "").strip("[]") in content for content in contents)
    calls = sum(bool(message.get("tool_calls")) for message in messages)
    assert sum(bool(message.get("tool_calls")) for message in repaired) == calls


def message_of(draw: Draw) -> Any:
    """Draw a message."""
    role = draw.one_of(("system", "user", "assistant", "tool"))
    message: dict[str, Any] = {"role": role, "content": draw.one_of(("a", "bc", "", None, [IMAGE]))}
    if role == "assistant" and draw.yes():
        message["tool_calls"] = [CALL]
    if role == "user" and draw.below(4) == 3:
        message["name"] = "Ada"
    return message
