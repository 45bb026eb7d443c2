"""The keyword arguments of `IONOS`, for editors and type checkers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms.llm import CompletionToPromptType, MessagesToPromptType
from llama_index.core.rate_limiter import BaseRateLimiter
from llama_index.core.types import BaseOutputParser, PydanticProgramMode

from llama_index_ionos.connection import ConnectionArguments


class LLMArguments(ConnectionArguments, total=False):
    """The keyword arguments of `IONOS`, which describes them."""

    model: str
    model_name: str
    temperature: float | None
    max_tokens: int | None
    top_p: float | None
    stop: list[str] | str | None
    seed: int | None
    reasoning_effort: str | None
    logprobs: bool | None
    top_logprobs: int | None
    additional_kwargs: dict[str, Any]
    context_window: int | None
    is_chat_model: bool
    is_function_calling_model: bool | None
    should_use_structured_outputs: bool | None
    strict: bool | None
    merge_system_messages: bool
    replay_reasoning: bool
    promote_reasoning: bool
    tokenizer: Callable[[str], Sequence[object]] | None
    system_prompt: str | None
    messages_to_prompt: MessagesToPromptType | None
    completion_to_prompt: CompletionToPromptType | None
    output_parser: BaseOutputParser | None
    pydantic_program_mode: PydanticProgramMode
    callback_manager: CallbackManager
    rate_limiter: BaseRateLimiter | None
