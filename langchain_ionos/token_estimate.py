"""Token counts without a tokenizer: an estimate that needs neither files nor the network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from zlib import crc32

from langchain_core.messages import AIMessage, BaseMessage

from langchain_ionos.convert.content import blocks_of
from langchain_ionos.convert.tools import ToolSource, to_wire

TOKENS_PER_MESSAGE = 4
TOKENS_PER_IMAGE = 1024

# Vocabularies of some 100,000 entries know most words whole, cut long ones into pieces of about
# six letters, and digits into groups of three; letters outside of Latin mostly stand alone.
_PIECE = re.compile(r" ?[A-Za-zÀ-ÿ]{1,6}|\d{1,3}| ?[^\sA-Za-zÀ-ÿ\d]|\n+|[^\S\n]+")


def pieces(text: str) -> list[str]:
    """Return a text cut into about as many pieces as it has tokens.

    Example:
        >>> pieces("Guten Morgen, Berlin!")
        ['Guten', ' Morgen', ',', ' Berlin', '!']
    """
    return _PIECE.findall(text)


def token_ids(text: str) -> list[int]:
    """Return a number for each piece: the same for the same piece, but no model's vocabulary."""
    return [crc32(piece.encode("utf-8", "surrogatepass")) for piece in pieces(text)]


def count_of_messages(
    messages: Iterable[BaseMessage],
    tools: Sequence[ToolSource] | None,
    count: Callable[[str], int],
) -> int:
    """Return about how many tokens a conversation takes.

    Args:
        messages: The conversation; each image counts as `TOKENS_PER_IMAGE`.
        tools: The tools offered with it.
        count: Counts the tokens of a text.
    """
    offered = count(json.dumps(to_wire(tools))) if tools else 0
    return offered + sum(TOKENS_PER_MESSAGE + _count_of(message, count) for message in messages)


def _count_of(message: BaseMessage, count: Callable[[str], int]) -> int:
    images = 0
    texts = [message.name or ""]
    for block in blocks_of(message.content):
        if "image" in str(block.get("type")):
            images += 1
        else:
            texts.append(str(block.get("text", "")))
    if isinstance(message, AIMessage):
        texts += [json.dumps(call, ensure_ascii=False) for call in message.tool_calls]
        texts += [str(call) for call in message.invalid_tool_calls]
    return TOKENS_PER_IMAGE * images + sum(map(count, texts))
