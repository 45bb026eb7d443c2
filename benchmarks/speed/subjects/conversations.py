"""One conversation in the three forms that the subjects take.

A framework is imported only by who asks for its form: memory is measured without the other one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.speed.payloads import ANSWER
from benchmarks.speed.subjects.base import PROMPT

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from llama_index.core.llms import ChatMessage

Wire = list[dict[str, str]]


def _said(turns: int) -> list[tuple[str, str]]:
    turn = [("user", PROMPT), ("assistant", ANSWER)]
    return [*(turn * turns), ("user", PROMPT)]


def wire(turns: int = 0) -> Wire:
    """Return it as the API takes it."""
    return [{"role": role, "content": text} for role, text in _said(turns)]


def langchain(turns: int = 0) -> list[BaseMessage]:
    """Return it as LangChain's messages."""
    from langchain_core.messages import AIMessage, HumanMessage

    classes = {"user": HumanMessage, "assistant": AIMessage}
    return [classes[role](text) for role, text in _said(turns)]


def llama_index(turns: int = 0) -> list[ChatMessage]:
    """Return it as LlamaIndex's messages."""
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role=role, content=text) for role, text in _said(turns)]
