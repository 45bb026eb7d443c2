"""Estimate token counts without a tokenizer, files or network access."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from zlib import crc32

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from ionos_model_hub.wire.image_blocks import Block
from langchain_ionos.convert.content import iter_blocks, to_part_or_text
from langchain_ionos.convert.tools import ToolSource, tools_to_wire

TOKENS_PER_MESSAGE = 4
TOKENS_PER_IMAGE = 1024

# Vocabularies of about 100,000 entries contain most words, split long ones into pieces of about
# six letters, and split digits into groups of three. Letters of other scripts than Latin are
# mostly one token each.
_TOKEN = re.compile(r" ?[A-Za-zÀ-ÿ]{1,6}|\d{1,3}| ?[^\sA-Za-zÀ-ÿ\d]|\n+|[^\S\n]+")


def split_tokens(text: str) -> list[str]:
    """Return a text split into about as many pieces as it has tokens.

    Example:
        >>> split_tokens("Guten Morgen, Berlin!")
        ['Guten', ' Morgen', ',', ' Berlin', '!']
    """
    return _TOKEN.findall(text)


def estimate_token_ids(text: str) -> list[int]:
    """Return a number per token. Equal tokens have equal numbers, which match no vocabulary."""
    return [crc32(token.encode("utf-8", "surrogatepass")) for token in split_tokens(text)]


def count_message_tokens(
    messages: Iterable[BaseMessage],
    tools: Sequence[ToolSource] | None,
    count: Callable[[str], int],
) -> int:
    """Return the estimated number of tokens of a conversation.

    Args:
        messages: The conversation; each image counts as `TOKENS_PER_IMAGE`.
        tools: The tools sent with it.
        count: Counts the tokens of a text.
    """
    tool_tokens = count(json.dumps(tools_to_wire(tools))) if tools else 0
    return tool_tokens + sum(TOKENS_PER_MESSAGE + _count(message, count) for message in messages)


def _count(message: BaseMessage, count: Callable[[str], int]) -> int:
    images = 0
    texts = [message.name or ""]
    blocks: Iterable[Block] = iter_blocks(message.content)
    if isinstance(message, ToolMessage):
        blocks = [to_part_or_text(block, "content") for block in blocks]
    for block in blocks:
        if "image" in str(block.get("type")):
            images += 1
        else:
            texts.append(str(block.get("text", "")))
    if isinstance(message, AIMessage):
        texts += [json.dumps(call, ensure_ascii=False, default=str) for call in message.tool_calls]
        texts += [str(call) for call in message.invalid_tool_calls]
    return TOKENS_PER_IMAGE * images + sum(map(count, texts))
