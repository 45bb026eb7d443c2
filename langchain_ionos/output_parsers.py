"""Structured output: how the answer is read."""

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
from langchain_ionos.structured_output import Method, Schema, is_pydantic, json_schema


class WholeJsonParser(JsonOutputParser):
    """Reads a model's JSON, and refuses what was cut off instead of guessing its end."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Return the JSON; raises OutputParserException, or ModelRefusalError where it exists."""
        _raise_refusal(result[0])
        if partial:
            try:
                # LangChain's own reader goes over the whole text in Python, for each piece.
                return from_json(result[0].text, allow_partial="trailing-strings")
            except ValueError:
                return super().parse_result(result, partial=True)
        try:
            return model_json.read_json(result[0].text, finish_reason=_finish_reason(result[0]))
        except ResponseError as error:
            raise OutputParserException(str(error), llm_output=result[0].text) from None


class WholePydanticParser(PydanticOutputParser[Any], WholeJsonParser):
    """Reads a model's JSON as a pydantic object."""


def parser_for(source: Schema | None, method: Method) -> BaseOutputParser[Any]:
    """Return what reads the answer: pydantic classes become objects, other schemas dicts."""
    if method == "function_calling":
        if is_pydantic(source):
            return PydanticToolsParser(tools=[cast("Any", source)], first_tool_only=True)
        name = json_schema(cast("Schema", source))["title"]
        return JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
    if is_pydantic(source):
        return WholePydanticParser(pydantic_object=cast("Any", source))
    return WholeJsonParser()


def _raise_refusal(generation: Generation) -> None:
    message = generation.message if isinstance(generation, ChatGeneration) else None
    if message is not None and (refusal := message.additional_kwargs.get("refusal")):
        kind = getattr(lc, "ModelRefusalError", OutputParserException)
        raise kind(f"The model refused to answer: {refusal}")


def _finish_reason(generation: Generation) -> str | None:
    message = generation.message if isinstance(generation, ChatGeneration) else None
    told = message.response_metadata.get("finish_reason") if message is not None else None
    return told if isinstance(told, str) else None
