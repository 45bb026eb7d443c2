"""The methods of an LLM that send tools and return the model's calls."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import BaseTool

from ionos_model_hub.wire.tool_strictness import needs_strict_tools
from llama_index_ionos.convert.tool_calls import (
    missing_call_error,
    raise_for_invalid_tool_calls,
    tool_selections,
)
from llama_index_ionos.convert.tools import (
    to_wire_tool_choice,
    to_wire_tools,
    with_user_message,
)


class ToolCalling(FunctionCallingLLM, ABC):
    """An LLM that calls tools; truncated and malformed calls do not run."""

    if TYPE_CHECKING:  # fields of `IONOS`
        additional_kwargs: dict[str, Any]
        strict: bool | None

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """Return the tool calls of a complete or a partial response.

        A call is invalid if it was truncated or if its arguments are not a JSON object. Without
        `error_on_no_tool_call`, as agents call this method, an invalid call is returned under a
        name that no tool has and that contains the reason. The agent then reports it to the
        model instead of running the tool.

        Raises:
            InvalidOutputError: There is no call, or a call is invalid, and `error_on_no_tool_call`
                is set.
        """
        if error_on_no_tool_call:
            raise_for_invalid_tool_calls(response)
        selections = tool_selections(response)
        if not selections and error_on_no_tool_call:
            raise missing_call_error(response)
        return selections

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> dict[str, Any]:
        choice = to_wire_tool_choice(kwargs.pop("tool_choice", None), required=tool_required)
        response_format = kwargs.get(
            "response_format", self.additional_kwargs.get("response_format")
        )
        return {
            **kwargs,
            "messages": with_user_message(chat_history, user_msg),
            "tools": to_wire_tools(
                tools,
                strict=self.strict,
                strict_by_default=needs_strict_tools(choice, response_format),
            ),
            **({"tool_choice": choice} if choice else {}),
            **({} if allow_parallel_tool_calls else {"allow_parallel_tool_calls": False}),
        }
