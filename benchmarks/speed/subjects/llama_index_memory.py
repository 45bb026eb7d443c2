"""LlamaIndex's own floor: an LLM and embeddings that answer from memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    LLMMetadata,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from pydantic import Field

from benchmarks.speed.payloads import ANSWER, DIMENSIONS

TOOL_CALL = ToolSelection(tool_id="call_1", tool_name="weather", tool_kwargs={"city": "Berlin"})


def said(text: str, delta: str | None = None) -> ChatResponse:
    """Return a text as a response."""
    return ChatResponse(message=ChatMessage(role="assistant", content=text), delta=delta)


TOOL_RESPONSES = [
    ChatResponse(message=ChatMessage(role="assistant", additional_kwargs={"calls": True}), delta="")
    for _ in range(3)  # as many as the stub's stream brings: name, and two pieces of arguments
]


class MemoryLLM(FunctionCallingLLM):
    """Hands out what it was given; with `calls_tool`, first a tool call and then the answer."""

    responses: list[ChatResponse] = Field(default_factory=list, repr=False, exclude=True)
    calls_tool: bool = False

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(is_chat_model=True, is_function_calling_model=True, model_name="memory")

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return said(ANSWER)

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return said(ANSWER)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        return (response for response in self.responses)

    @llm_chat_callback()
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        calls = self.calls_tool and messages[-1].role != "tool"
        found = TOOL_RESPONSES if calls else self.responses

        async def responses() -> ChatResponseAsyncGen:
            for response in found:
                yield response

        return responses()

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=ANSWER)

    @llm_completion_callback()
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        return CompletionResponse(text=ANSWER)

    def stream_complete(self, *_: Any, **__: Any) -> CompletionResponseGen:
        raise NotImplementedError

    async def astream_complete(self, *_: Any, **__: Any) -> CompletionResponseAsyncGen:
        raise NotImplementedError

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[Any],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **_: Any,
    ) -> dict[str, Any]:
        asked = ChatMessage(user_msg) if isinstance(user_msg, str) else user_msg
        specs = [tool.metadata.to_openai_tool() for tool in tools]
        return {"messages": [*(chat_history or ()), *([asked] if asked else ())], "tools": specs}

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **_: Any
    ) -> list[ToolSelection]:
        return [TOOL_CALL] if response.message.additional_kwargs.get("calls") else []


class MemoryEmbedding(BaseEmbedding):
    """Hands out one vector again and again."""

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vector = [0.0] * DIMENSIONS
        return [vector for _ in texts]

    def _get_text_embedding(self, text: str) -> list[float]:
        return [0.0] * DIMENSIONS

    def _get_query_embedding(self, query: str) -> list[float]:
        return [0.0] * DIMENSIONS

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return [0.0] * DIMENSIONS
