"""Tools and structured output of the chat model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, overload

from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable

from ionos_model_hub.wire.tool_strictness import needs_strict_tools
from langchain_ionos.chat_binding import ChatBinding
from langchain_ionos.convert.tools import ToolSource, tool_choice_to_wire, tools_to_wire
from langchain_ionos.errors import langchain_errors
from langchain_ionos.structured_output import (
    Method,
    StructuredResult,
    check_arguments,
    request_options,
    trace_format,
)

Output = TypeVar("Output")


class StructuredChatModel(BaseChatModel):
    """A chat model with tools and structured output."""

    def bind(self, **kwargs: Any) -> ChatBinding:
        """Return the model with options for its calls."""
        return ChatBinding(bound=self, kwargs=kwargs, config={})

    def bind_tools(
        self,
        tools: Sequence[ToolSource],
        *,
        tool_choice: str | bool | Mapping[str, Any] | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with tools that it may call.

        Args:
            tools: LangChain tools, functions, classes, or dicts in the form of any provider.
            tool_choice: "any", "required" or True (it must call a tool), "auto", "none", a
                tool's name, or a dict in the API's form. Default: the model decides.
            strict: Whether the server enforces the schema of the arguments. Default: if
                `tool_choice` requires a call, or if `response_format` is passed, because the
                engine then accepts calls of strict tools only. It is sent as a field that is not
                part of the published API.
            **kwargs: Further options of the call, for example `parallel_tool_calls`.

        Raises:
            InvalidRequestError: `tool_choice` is not the name of a tool, or a tool is one that
                another provider runs.
        """
        with langchain_errors():
            wire_tools = tools_to_wire(tools)
            names = [tool["function"]["name"] for tool in wire_tools]
            choice = tool_choice_to_wire(tool_choice, names)
            if strict is None:
                strict = needs_strict_tools(choice, kwargs.get("response_format"))
            if strict:
                wire_tools = tools_to_wire(wire_tools, strict=True)
        if choice is not None:
            kwargs["tool_choice"] = choice
        return self.bind(tools=wire_tools, **kwargs)

    @overload
    def with_structured_output(
        self,
        schema: type[Output],
        *,
        include_raw: Literal[True],
        method: Method = ...,
        strict: bool | None = ...,
        tools: Sequence[ToolSource] | None = ...,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, StructuredResult[Output]]: ...

    @overload
    def with_structured_output(
        self,
        schema: type[Output],
        *,
        include_raw: Literal[False] = ...,
        method: Method = ...,
        strict: bool | None = ...,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Output]: ...

    @overload
    def with_structured_output(
        self,
        schema: Mapping[str, Any] | None = ...,
        *,
        include_raw: Literal[True],
        method: Method = ...,
        strict: bool | None = ...,
        tools: Sequence[ToolSource] | None = ...,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, StructuredResult[dict[str, Any]]]: ...

    @overload
    def with_structured_output(
        self,
        schema: Mapping[str, Any] | None = ...,
        *,
        include_raw: Literal[False] = ...,
        method: Method = ...,
        strict: bool | None = ...,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any]]: ...

    @overload
    def with_structured_output(
        self,
        schema: Any = ...,
        *,
        include_raw: bool = ...,
        method: Method = ...,
        strict: bool | None = ...,
        tools: Sequence[ToolSource] | None = ...,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]: ...

    def with_structured_output(
        self,
        schema: Any = None,
        *,
        include_raw: bool = False,
        method: Method = "json_schema",
        strict: bool | None = None,
        tools: Sequence[ToolSource] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Return the model so that it responds with an object of a schema.

        A response that is truncated, is not JSON or does not match the schema is an error, also
        at the end of a stream. The result is an instance of a pydantic class, or plain JSON for
        a TypedDict or a JSON Schema.

        Args:
            schema: A pydantic class, a TypedDict, another type such as `list[Person]` or
                `Person | Company`, or a JSON Schema. Only JSON mode works without one.
            include_raw: Whether to return a `StructuredResult`, the dict
                `{"raw", "parsed", "parsing_error"}`, instead of raising an error.
            method: "json_schema" constrains the model while it generates; "function_calling"
                makes it call a tool; "json_mode" only makes it generate JSON, so the prompt must
                describe the object.
            strict: Whether the server enforces the schema. Default: True, except in JSON mode.
            tools: Tools that the model may call instead. The result is then None, so they
                require `include_raw`.
            **kwargs: Further options of the call.

        Raises:
            InvalidRequestError: The arguments conflict, or the schema cannot be used.
            langchain_core.exceptions.OutputParserException: At the call: the response does not
                match the schema.

        Example:
            >>> from ionos_model_hub.emulator import Emulator
            >>> from langchain_ionos import ChatIONOS
            >>> with Emulator() as hub:
            ...     llm = ChatIONOS(api_key="any", base_url=hub.base_url)
            ...     numbers = llm.with_structured_output(list[int]).invoke("Three numbers")
            >>> type(numbers)
            <class 'list'>
        """
        # Loaded here, because most programs that import the model do not need it.
        from langchain_ionos.output_parsers import response_parser
        from langchain_ionos.output_types import output_type

        with langchain_errors():
            check_arguments(
                schema, method, strict=strict, has_tools=bool(tools), include_raw=include_raw
            )
            output = output_type(schema)
            options = {**kwargs, **request_options(output, method, strict)}
            if tools:
                options["tools"] = tools_to_wire(tools, strict=strict is not False)
            traced = trace_format(schema, output, method, strict)
        return self.bind(ls_structured_output_format=traced, **options) | response_parser(
            output, method, include_raw=include_raw, has_other_tools=bool(tools)
        )
