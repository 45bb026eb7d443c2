"""Structured output: parsers for the responses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeAlias

from langchain_core import exceptions as lc
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.output_parsers import BaseTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.utils import AddableDict
from pydantic import ConfigDict, JsonValue, SkipValidation
from pydantic_core import from_json

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.model_json import read_json, read_partial_json
from ionos_model_hub.wire.shorten import shorten
from ionos_model_hub.wire.tool_calls import CUT_OFF, NOT_AN_OBJECT
from langchain_ionos import output_types
from langchain_ionos.structured_output import Method

ResultDict: TypeAlias = dict[str, Any]

# LangChain has it from langchain-core 1.7.5.
_REFUSAL_ERROR: type[Exception] = getattr(lc, "ModelRefusalError", OutputParserException)


class StructuredOutputParser(BaseTransformOutputParser[Any]):
    """Parses a model's JSON or tool call to a result, and raises an error for anything else.

    A stream yields a result that is an object as it grows, and at last the complete result.

    Attributes:
        output: The type of the result.
        tool_name: The tool whose arguments are the result, or None for the message's text.
        has_other_tools: Whether the model may call other tools instead.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    output: SkipValidation[output_types.OutputType[Any]]
    tool_name: str | None = None
    has_other_tools: bool = False

    @property
    def OutputType(self) -> Any:  # noqa: N802  # the name in LangChain
        """The type of the results, which `get_output_schema` describes."""
        return self.output.python_type

    def parse(self, text: str) -> Any:
        """Return the result in a text; raises as `parse_result`."""
        return self.parse_result([Generation(text=text)])

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Return the result in a response; with `partial`, None if there is none yet.

        Raises:
            OutputParserException: The response is truncated, is not JSON, or does not match the
                type. A refusal raises ModelRefusalError, if LangChain has it.
        """
        generation = result[0]
        message = generation.message if isinstance(generation, ChatGeneration) else None
        if partial:
            return self._parse_partial(generation.text, message)
        _raise_refusal(message)
        if self.has_other_tools and _calls_tools(message):
            return None
        try:
            return self._parse_complete(generation.text, message)
        except Exception as error:  # validators of the type may raise anything
            raise OutputParserException(_describe(error), llm_output=generation.text) from error

    async def aparse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Return the result in a response, without the thread that LangChain would use."""
        return self.parse_result(result, partial=partial)

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:
        results = _GrowingResult(self)
        for chunk in input:
            yield from results.add(chunk)
        yield from results.finish()

    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:
        results = _GrowingResult(self)
        async for chunk in input:
            for result in results.add(chunk):
                yield result
        for result in results.finish():
            yield result

    def _parse_complete(self, text: str, message: BaseMessage | None) -> Any:
        if self.tool_name is None:
            value = read_json(text, finish_reason=_finish_reason(message))
        else:
            value = _read_arguments(self.tool_name, text, message)
        schema = self.output.schema
        return self.output.validate(schema.unwrap(value) if schema else value)

    def _parse_partial(self, text: str, message: BaseMessage | None) -> Any:
        value: JsonValue | None
        if self.tool_name is None:
            value = _read_partial(text)
        else:
            calls = message.tool_calls if isinstance(message, AIMessage) else []
            value = calls[0]["args"] if calls else None
        if value is not None and self.output.schema:
            value = self.output.schema.unwrap_partial(value)
        return None if value is None else self.output.validate_partial(value)


class RawOutputParser(Runnable[AIMessage, ResultDict]):
    """Returns a message, its parsed result and the parsing error.

    A stream yields the chunks of the message, and at last the result and the error.

    Args:
        parser: The parser for the result.
    """

    def __init__(self, parser: StructuredOutputParser) -> None:
        self._parser = parser

    def invoke(
        self, input: AIMessage, config: RunnableConfig | None = None, **kwargs: Any
    ) -> ResultDict:
        """Return the keys `raw`, `parsed` and `parsing_error`."""
        return self._call_with_config(self._parse, input, config)

    async def ainvoke(
        self, input: AIMessage, config: RunnableConfig | None = None, **kwargs: Any
    ) -> ResultDict:
        """Return the keys `raw`, `parsed` and `parsing_error`."""
        return await self._acall_with_config(self._aparse, input, config)

    def transform(
        self, input: Iterator[AIMessage], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[ResultDict]:
        """Yield the chunks as `raw`, then `parsed` and `parsing_error`."""
        yield from self._transform_stream_with_config(input, self._transform, config)

    async def atransform(
        self, input: AsyncIterator[AIMessage], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[ResultDict]:
        """Yield the chunks as `raw`, then `parsed` and `parsing_error`."""
        async for result in self._atransform_stream_with_config(input, self._atransform, config):
            yield result

    def _parse(self, message: AIMessage) -> ResultDict:
        parsed, error = None, None
        try:
            parsed = self._parser.parse_result([ChatGeneration(message=message)])
        except (OutputParserException, _REFUSAL_ERROR) as failure:
            error = failure
        return AddableDict(raw=message, parsed=parsed, parsing_error=error)

    async def _aparse(self, message: AIMessage) -> ResultDict:
        return self._parse(message)

    def _transform(self, input: Iterator[AIMessage]) -> Iterator[ResultDict]:
        message: Any = None
        for chunk in input:
            message = chunk if message is None else message + chunk
            yield AddableDict(raw=chunk)
        yield self._parse_accumulated(message)

    async def _atransform(self, input: AsyncIterator[AIMessage]) -> AsyncIterator[ResultDict]:
        message: Any = None
        async for chunk in input:
            message = chunk if message is None else message + chunk
            yield AddableDict(raw=chunk)
        yield self._parse_accumulated(message)

    def _parse_accumulated(self, message: AIMessage) -> ResultDict:
        result = self._parse(message)
        del result["raw"]
        return result


def response_parser(
    output: output_types.OutputType[Any],
    method: Method,
    *,
    include_raw: bool,
    has_other_tools: bool,
) -> Runnable[AIMessage, Any]:
    """Return the parser for the responses to a method of structured output."""
    is_call = method == "function_calling"
    parser = StructuredOutputParser(
        output=output,
        tool_name=output.schema.name if is_call and output.schema else None,
        has_other_tools=has_other_tools,
    )
    return RawOutputParser(parser) if include_raw else parser


class _GrowingResult:
    """Parses the chunks of one stream."""

    def __init__(self, parser: StructuredOutputParser) -> None:
        self._parser = parser
        self._message: Any = None
        self._last: Any = None

    def add(self, chunk: str | BaseMessage) -> Iterator[Any]:
        """Yield the partial result if the chunk changed it."""
        self._message = chunk if self._message is None else self._message + chunk
        result = self._parser.parse_result([self._generation()], partial=True)
        if result is not None and result != self._last:
            self._last = result
            yield result

    def finish(self) -> Iterator[Any]:
        """Yield the complete result unless it was yielded already; raises as `parse_result`."""
        result = self._parser.parse_result([self._generation()])
        if self._last is None or result != self._last:
            yield result

    def _generation(self) -> Generation:
        if isinstance(self._message, BaseMessage):
            return ChatGeneration(message=self._message)
        return Generation(text=self._message or "")


def _read_partial(text: str) -> JsonValue | None:
    try:
        # Most models write nothing around the JSON. LangChain's own parser reads the complete
        # text in Python for each chunk.
        value: JsonValue = from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return read_partial_json(text)
    return value


def _read_arguments(tool_name: str, text: str, message: BaseMessage | None) -> JsonValue:
    """Return the arguments of the first call of the tool; raises ResponseError."""
    is_cut_off = _finish_reason(message) == "length"
    if isinstance(message, AIMessage):
        for call in message.tool_calls:
            if call["name"] == tool_name:
                return call["args"]
        if message.invalid_tool_calls:
            default = CUT_OFF if is_cut_off else NOT_AN_OBJECT
            reason = message.invalid_tool_calls[0]["error"] or default
            raise ResponseError(f"The call of {tool_name!r} is invalid. {reason}")
    if is_cut_off:
        raise ResponseError(
            f"The response was cut off before the call of {tool_name!r}.", hint=CUT_OFF
        )
    raise ResponseError(
        f"The model did not call {tool_name!r}; it responded with the text {shorten(text)!r}.",
        hint="Use method='json_schema', or try again.",
    )


def _raise_refusal(message: BaseMessage | None) -> None:
    if message is not None and (refusal := message.additional_kwargs.get("refusal")):
        raise _REFUSAL_ERROR(f"The model refused to answer: {refusal}")


def _calls_tools(message: BaseMessage | None) -> bool:
    return isinstance(message, AIMessage) and bool(message.tool_calls)


def _finish_reason(message: BaseMessage | None) -> str | None:
    reason = message.response_metadata.get("finish_reason") if message is not None else None
    return reason if isinstance(reason, str) else None


def _describe(error: Exception) -> str:
    if isinstance(error, ResponseError):
        return str(error)
    return f"The response does not match the schema: {error}"
