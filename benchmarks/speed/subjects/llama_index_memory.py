"""The baseline for LlamaIndex: an LLM and embeddings that respond from memory."""

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

from benchmarks.speed.payloads import DIMENSIONS, REPLY_TEXT

TOOL_CALL = ToolSelection(tool_id="call_1", tool_name="weather", tool_kwargs={"city": "Berlin"})


def to_response(text: str, delta: str | None = None) -> ChatResponse:
    """Return the response with a text."""
    return ChatResponse(message=ChatMessage(role="assistant", content=text), delta=delta)


TOOL_RESPONSES = [
    ChatResponse(message=ChatMessage(role="assistant", additional_kwargs={"calls": True}), delta="")
    for _ in range(3)  # as in the stream of the stub: the name and two pieces of arguments
]


class MemoryLLM(FunctionCallingLLM):
    """Streams `responses`; with `calls_tool`, a tool call comes first."""

    responses: list[ChatResponse] = Field(default_factory=list, repr=False, exclude=True)
    calls_tool: bool = False

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(is_chat_model=True, is_function_calling_model=True, model_name="memory")

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return to_response(REPLY_TEXT)

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return to_response(REPLY_TEXT)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        return (response for response in self.responses)

    @llm_chat_callback()
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        calls = self.calls_tool and messages[-1].role != "tool"
        source = TOOL_RESPONSES if calls else self.responses

        async def responses() -> ChatResponseAsyncGen:
            for response in source:
                yield response

        return responses()

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=REPLY_TEXT)

    @llm_completion_callback()
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        return CompletionResponse(text=REPLY_TEXT)

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
        message = ChatMessage(user_msg) if isinstance(user_msg, str) else user_msg
        specs = [tool.metadata.to_openai_tool() for tool in tools]
        return {
            "messages": [*(chat_history or ()), *([message] if message else ())],
            "tools": specs,
        }

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **_: Any
    ) -> list[ToolSelection]:
        return [TOOL_CALL] if response.message.additional_kwargs.get("calls") else []


class MemoryEmbedding(BaseEmbedding):
    """Returns one vector for all texts."""

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vector = [0.0] * DIMENSIONS
        return [vector for _ in texts]

    def _get_text_embedding(self, text: str) -> list[float]:
        return [0.0] * DIMENSIONS

    def _get_query_embedding(self, query: str) -> list[float]:
        return [0.0] * DIMENSIONS

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return [0.0] * DIMENSIONS
