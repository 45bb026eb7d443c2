"""Reorder and merge messages, for chat templates that reject the conversation otherwise.

Mistral's templates reject a user message after a tool message, Qwen's reject a system message
that is not the first, and those of Gemma and older Mistral models reject roles that do not
alternate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from ionos_model_hub.wire.request_types import ChatMessage, ContentPart

AFTER_TOOLS = "OK."
"""The assistant message that is inserted between a tool message and a user message."""

BEFORE_ASSISTANT = "Continue."
"""The user message that is inserted before an assistant message at the beginning."""

_MERGED_ROLES = ("system", "user", "assistant")


def repair_conversation(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    r"""Return a conversation that strict chat templates accept.

    System messages are moved to the front and merged, adjacent messages of the same role are
    merged, a short assistant message is inserted between tool results and the next user message,
    and a short user message before an assistant message at the beginning. Messages of tools, and
    tool calls, are kept. A conversation that is valid already is returned unchanged.

    Example:
        >>> messages = [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]
        >>> repair_conversation(messages)
        [{'role': 'user', 'content': 'a\n\nb'}]
    """
    system = [message for message in messages if message["role"] == "system"]
    others = [message for message in messages if message["role"] != "system"]
    repaired: list[ChatMessage] = []
    for message in (*system, *others):
        last = repaired[-1] if repaired else None
        last_role = last["role"] if last else "system"
        if last and _is_mergeable(last, message):
            repaired[-1] = _merge(last, message)
            continue
        if last_role == "tool" and message["role"] == "user":
            repaired.append({"role": "assistant", "content": AFTER_TOOLS})
        elif last_role == "system" and message["role"] == "assistant":
            repaired.append({"role": "user", "content": BEFORE_ASSISTANT})
        repaired.append(message)
    return repaired


def _is_mergeable(first: ChatMessage, second: ChatMessage) -> bool:
    """Return whether two adjacent messages can be merged.

    A message with tool calls is never merged with the next: its tool results must follow it.
    """
    same_role = first["role"] == second["role"] and first["role"] in _MERGED_ROLES
    return same_role and not first.get("tool_calls") and first.get("name") == second.get("name")


def _merge(first: ChatMessage, second: ChatMessage) -> ChatMessage:
    content = _merge_contents(first["content"] or "", second["content"] or "")
    return cast("ChatMessage", {**first, **second, "content": content})


def _merge_contents(
    first: str | list[ContentPart], second: str | list[ContentPart]
) -> str | list[ContentPart]:
    if isinstance(first, str) and isinstance(second, str):
        return "\n\n".join(text for text in (first, second) if text)
    return [*_as_parts(first), *_as_parts(second)]


def _as_parts(content: str | list[ContentPart]) -> list[ContentPart]:
    if not isinstance(content, str):
        return content
    return [{"type": "text", "text": content}] if content else []
