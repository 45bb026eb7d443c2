"""The baseline for LangChain: a chat model and embeddings that respond from memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import ToolCall, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

from benchmarks.speed.payloads import MODEL, REPLY_TEXT, USAGE

USAGE_METADATA = {"input_tokens": 20, "output_tokens": 12, "total_tokens": 32}
METADATA = {"model_name": MODEL, "finish_reason": "stop", "token_usage": USAGE}


def to_result(message: AIMessage) -> ChatResult:
    """Return the result of `_generate` for a message."""
    return ChatResult(generations=[ChatGeneration(message=message)])


def reply() -> AIMessage:
    """Return the message of the stub's response `chat`."""
    return AIMessage(REPLY_TEXT, response_metadata=METADATA, usage_metadata=USAGE_METADATA)


def to_chunk(delta: dict[str, Any]) -> ChatGenerationChunk:
    """Return the LangChain chunk of a delta."""
    calls = [
        tool_call_chunk(
            name=call["function"].get("name"),
            args=call["function"]["arguments"],
            id=call.get("id"),
            index=call["index"],
        )
        for call in delta.get("tool_calls", ())
    ]
    message = AIMessageChunk(content=delta.get("content", ""), tool_call_chunks=calls)
    return ChatGenerationChunk(message=message)


class MemoryChat(BaseChatModel):
    """Streams `chunks`; without streaming, returns a text.

    If `tool_call` is set, it is returned unless the last message is a tool result.
    """

    chunks: list[ChatGenerationChunk] = Field(default_factory=list, repr=False)
    tool_call: ToolCall | None = None

    @property
    def _llm_type(self) -> str:
        return "memory"

    def _respond(self, messages: list[BaseMessage]) -> ChatResult:
        if self.tool_call and messages[-1].type != "tool":
            return to_result(AIMessage("", tool_calls=[self.tool_call], response_metadata=METADATA))
        return to_result(reply())

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return self._respond(messages)

    async def _agenerate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return self._respond(messages)

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        yield from self.chunks

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self.chunks:
            yield chunk

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools])


class MemoryEmbeddings(Embeddings):
    """Returns one vector for all texts; no code of LangChain runs here."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vector = [0.0]
        return [vector for _ in texts]

    def embed_query(self, text: str) -> list[float]:
        return [0.0]
