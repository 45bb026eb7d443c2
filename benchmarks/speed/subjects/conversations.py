"""One conversation in the formats of the API, LangChain and LlamaIndex.

Frameworks are imported on demand, so that memory is measured without the other framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.speed.payloads import REPLY_TEXT
from benchmarks.speed.subjects.base import PROMPT

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from llama_index.core.llms import ChatMessage

Wire = list[dict[str, str]]


def _messages(turns: int) -> list[tuple[str, str]]:
    turn = [("user", PROMPT), ("assistant", REPLY_TEXT)]
    return [*(turn * turns), ("user", PROMPT)]


def wire(turns: int = 0) -> Wire:
    """Return messages in the format of the API."""
    return [{"role": role, "content": text} for role, text in _messages(turns)]


def langchain(turns: int = 0) -> list[BaseMessage]:
    """Return LangChain messages."""
    from langchain_core.messages import AIMessage, HumanMessage

    classes = {"user": HumanMessage, "assistant": AIMessage}
    return [classes[role](text) for role, text in _messages(turns)]


def llama_index(turns: int = 0) -> list[ChatMessage]:
    """Return LlamaIndex messages."""
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role=role, content=text) for role, text in _messages(turns)]
