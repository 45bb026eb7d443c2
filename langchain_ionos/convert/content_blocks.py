"""How `message.content_blocks` reads our messages: LangChain's registry calls these functions.

A message keeps the form that LangChain can read without this package: its text as a string,
reasoning in `additional_kwargs["reasoning_content"]`, tool calls in `tool_calls`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.block_translators import register_translator
from langchain_core.messages.content import KNOWN_BLOCK_TYPES, ContentBlock

from langchain_ionos.convert.responses import PROVIDER


def of_message(message: AIMessage) -> list[ContentBlock]:
    """Return the blocks of a whole message.

    Raises:
        NotImplementedError: The content is a list already, which LangChain reads by itself.
    """
    blocks = [
        *_texts(message),
        *({**call, "type": "tool_call"} for call in message.tool_calls),
        *({**call, "type": "invalid_tool_call"} for call in message.invalid_tool_calls),
    ]
    return cast("list[ContentBlock]", blocks)


def of_chunk(message: AIMessageChunk) -> list[ContentBlock]:
    """Return the blocks of a chunk, indexed so that blocks of several chunks merge by kind.

    Raises:
        NotImplementedError: See `of_message`.
    """
    if message.chunk_position == "last":
        return of_message(message)
    blocks: list[dict[str, Any]] = [
        {**block, "index": f"lc_{block['type']}"} for block in _texts(message)
    ]
    blocks += [
        {**piece, "type": "tool_call_chunk", "index": f"lc_call_{piece['index']}"}
        for piece in message.tool_call_chunks
    ]
    return cast("list[ContentBlock]", blocks)


def refusal_block(refusal: str) -> dict[str, Any]:
    """Return the block for a refusal, wrapped for releases of LangChain that have none."""
    block = {"type": "refusal", "refusal": refusal}
    return block if "refusal" in KNOWN_BLOCK_TYPES else {"type": "non_standard", "value": block}


def register() -> None:
    """Enter these functions in LangChain's registry, under our provider's name."""
    register_translator(PROVIDER, of_message, of_chunk)


def _texts(message: AIMessage) -> Iterator[dict[str, Any]]:
    if not isinstance(message.content, str):
        raise NotImplementedError
    if reasoning := message.additional_kwargs.get("reasoning_content"):
        yield {"type": "reasoning", "reasoning": reasoning}
    if message.content:
        yield {"type": "text", "text": message.content}
    if refusal := message.additional_kwargs.get("refusal"):
        yield refusal_block(refusal)
