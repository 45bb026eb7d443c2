"""Translate our messages to `message.content_blocks`; LangChain calls these functions.

Messages use the form that LangChain can read without this package: the text as a string,
reasoning in `additional_kwargs["reasoning_content"]`, tool calls in `tool_calls`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.block_translators import register_translator
from langchain_core.messages.content import KNOWN_BLOCK_TYPES, ContentBlock

from langchain_ionos.convert.responses import PROVIDER


def translate_message(message: AIMessage) -> list[ContentBlock]:
    """Return the content blocks of a complete message.

    Raises:
        NotImplementedError: The content is already a list, which LangChain reads itself.
    """
    blocks = [
        *_text_blocks(message),
        *({**call, "type": "tool_call"} for call in message.tool_calls),
        *({**call, "type": "invalid_tool_call"} for call in message.invalid_tool_calls),
    ]
    return cast("list[ContentBlock]", blocks)


def translate_chunk(message: AIMessageChunk) -> list[ContentBlock]:
    """Return the content blocks of a chunk, indexed so that blocks of one kind merge.

    Raises:
        NotImplementedError: See `translate_message`.
    """
    if message.chunk_position == "last":
        return translate_message(message)
    blocks: list[dict[str, Any]] = [
        {**block, "index": f"lc_{block['type']}"} for block in _text_blocks(message)
    ]
    blocks += [
        {**piece, "type": "tool_call_chunk", "index": f"lc_call_{piece['index']}"}
        for piece in message.tool_call_chunks
    ]
    return cast("list[ContentBlock]", blocks)


def refusal_block(refusal: str) -> dict[str, Any]:
    """Return a refusal block, wrapped for LangChain releases that do not define one."""
    block = {"type": "refusal", "refusal": refusal}
    return block if "refusal" in KNOWN_BLOCK_TYPES else {"type": "non_standard", "value": block}


def register() -> None:
    """Register these functions with LangChain under our provider name."""
    register_translator(PROVIDER, translate_message, translate_chunk)


def _text_blocks(message: AIMessage) -> Iterator[dict[str, Any]]:
    if not isinstance(message.content, str):
        raise NotImplementedError
    if reasoning := message.additional_kwargs.get("reasoning_content"):
        yield {"type": "reasoning", "reasoning": reasoning}
    if message.content:
        yield {"type": "text", "text": message.content}
    if refusal := message.additional_kwargs.get("refusal"):
        yield refusal_block(refusal)
