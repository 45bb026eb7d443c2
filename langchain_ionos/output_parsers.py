"""Structured output: parsers for the responses."""

from __future__ import annotations

from typing import Any, cast

from langchain_core import exceptions as lc
from langchain_core.exceptions import OutputParserException
from langchain_core.output_parsers import (
    BaseOutputParser,
    JsonOutputParser,
    PydanticOutputParser,
)
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from langchain_core.outputs import ChatGeneration, Generation
from pydantic_core import from_json

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire import model_json
from langchain_ionos.structured_output import Method, Schema, is_pydantic_class, to_json_schema


class CompleteJsonParser(JsonOutputParser):
    """Parses a model's JSON; truncated JSON is an error and is not completed by guessing."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Return the JSON; raises OutputParserException, or ModelRefusalError if it exists."""
        _raise_refusal(result[0])
        if partial:
            try:
                # LangChain's own parser reads the complete text in Python for each chunk.
                return from_json(result[0].text, allow_partial="trailing-strings")
            except ValueError:
                return super().parse_result(result, partial=True)
        try:
            return model_json.read_json(result[0].text, finish_reason=_finish_reason(result[0]))
        except ResponseError as error:
            raise OutputParserException(str(error), llm_output=result[0].text) from None


class CompletePydanticParser(PydanticOutputParser[Any], CompleteJsonParser):
    """Parses a model's JSON to a pydantic object."""


def parser_for(source: Schema | None, method: Method) -> BaseOutputParser[Any]:
    """Return the parser for a schema: pydantic classes give objects, other schemas dicts."""
    if method == "function_calling":
        if is_pydantic_class(source):
            return PydanticToolsParser(tools=[cast("Any", source)], first_tool_only=True)
        name = to_json_schema(cast("Schema", source))["title"]
        return JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
    if is_pydantic_class(source):
        return CompletePydanticParser(pydantic_object=cast("Any", source))
    return CompleteJsonParser()


def _raise_refusal(generation: Generation) -> None:
    message = generation.message if isinstance(generation, ChatGeneration) else None
    if message is not None and (refusal := message.additional_kwargs.get("refusal")):
        kind = getattr(lc, "ModelRefusalError", OutputParserException)
        raise kind(f"The model refused to answer: {refusal}")


def _finish_reason(generation: Generation) -> str | None:
    message = generation.message if isinstance(generation, ChatGeneration) else None
    reason = message.response_metadata.get("finish_reason") if message is not None else None
    return reason if isinstance(reason, str) else None
