"""Structured output: build the request for a pydantic class and parse the response."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, Literal
from weakref import WeakKeyDictionary

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, TextBlock, ToolCallBlock
from llama_index.core.output_parsers.pydantic import PydanticOutputParser
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from llama_index.core.types import Model
from pydantic import BaseModel, JsonValue, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic_core import from_json, to_json

from ionos_model_hub.errors import InvalidRequestError, ResponseError
from ionos_model_hub.wire.model_json import read_json, read_partial_json
from ionos_model_hub.wire.output_schema import OutputSchema
from ionos_model_hub.wire.shorten import shorten
from ionos_model_hub.wire.surrogates import replace_lone_surrogates
from llama_index_ionos.convert.raw import finish_reason, is_partial
from llama_index_ionos.convert.tool_calls import raise_for_invalid_tool_calls
from llama_index_ionos.errors import InvalidOutputError

OutputMode = Literal["schema", "function", "text"]
"""How an object is requested: by `response_format`, a forced tool call, or in the prompt."""

_RESERVED_OPTIONS = (
    *("tools", "tool_choice", "tool_required", "allow_parallel_tool_calls"),
    "response_format",
)
# Kept as long as the class itself. Without it, each call would spend about 1 ms on the schema.
_schemas: WeakKeyDictionary[type[BaseModel], OutputSchema] = WeakKeyDictionary()


class StructuredRequest(Generic[Model]):
    """A request for an object of a pydantic class.

    Args:
        output_cls: The class; roots that are not an object are wrapped in one.
        mode: How the object is requested.
        strict: Whether the server enforces the schema. In text mode it never does.

    Raises:
        InvalidRequestError: The class has a field that JSON Schema cannot describe.

    Example:
        >>> class City(BaseModel):
        ...     name: str
        >>> sorted(StructuredRequest(City, "schema").options({}))
        ['response_format']
    """

    def __init__(self, output_cls: type[Model], mode: OutputMode, *, strict: bool = True) -> None:
        self._output_cls = output_cls
        self._mode = mode
        self._strict = strict
        self._schema = _output_schema(output_cls)
        self._last: JsonValue = None

    def options(self, options: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the options of the request, with those of the caller that do not conflict."""
        own = {k: v for k, v in (options or {}).items() if k not in _RESERVED_OPTIONS}
        if self._mode == "schema":
            return {**own, "response_format": self._schema.response_format(self._strict)}
        if self._mode == "text":
            return own
        return {
            **own,
            "tools": [self._schema.tool(self._strict)],
            "tool_choice": {"type": "function", "function": {"name": self._schema.name}},
            "allow_parallel_tool_calls": False,
        }

    def messages(self, messages: Sequence[ChatMessage]) -> list[ChatMessage]:
        """Return the messages; in text mode, the schema is added to the last one."""
        if self._mode != "text" or not messages:
            return list(messages)
        parser = PydanticOutputParser(self._output_cls)
        instructions = TextBlock(text=parser.get_format_string(escape_json=False))
        *earlier, last = messages
        return [*earlier, last.model_copy(update={"blocks": [*last.blocks, instructions]})]

    def parse(self, response: ChatResponse) -> Model:
        """Return the object in a complete response.

        Raises:
            InvalidOutputError: The response is a refusal, truncated, not JSON, or JSON that is
                not valid for the class.
        """
        if refusal := response.message.additional_kwargs.get("refusal"):
            raise InvalidOutputError(f"The model refused to answer: {refusal}")
        raise_for_invalid_tool_calls(response)
        value = self._parse_json(response)
        try:
            # Validated as JSON, so that strict classes accept dates, enums and tuples.
            encoded = replace_lone_surrogates(json.dumps(value, ensure_ascii=False))
            return self._output_cls.model_validate_json(encoded)
        except Exception as error:  # noqa: BLE001  # validators may raise anything
            cause = None if isinstance(error, ValidationError) else error
            problems = _problems(error)
        raise InvalidOutputError(
            f"The response is not a valid {self._output_cls.__name__}: {problems}.",
            hint="Try again, or relax the constraints of the class.",
        ) from cause

    def parse_next(self, response: ChatResponse) -> Model | FlexibleModel | None:
        """Return the object so far in a stream, or None if it has not changed.

        Partial objects that are not yet valid are of a copy of the class whose fields are
        optional. The last object is always of the class itself.

        Raises:
            InvalidOutputError: See `parse`.
        """
        if not is_partial(response):
            return self.parse(response)
        value = self._unwrap(_partial_json(_json_text(response)), partial=True)
        if value is None or value == self._last:
            return None
        self._last = value
        try:
            return self._output_cls.model_validate(value)
        except Exception:  # noqa: BLE001  # validators may raise anything; the end reports it
            return self._flexible_cls.model_validate(value) if isinstance(value, dict) else None

    def _parse_json(self, response: ChatResponse) -> JsonValue:
        """Return the object in the JSON of a complete response, before validation."""
        try:
            return self._unwrap(
                read_json(_json_text(response), finish_reason=finish_reason(response))
            )
        except ResponseError as error:
            failure = error.convert(InvalidOutputError)
        raise failure

    @cached_property
    def _flexible_cls(self) -> type[FlexibleModel]:
        """A copy of the class whose fields are optional."""
        return create_flexible_model(self._output_cls)

    def _unwrap(self, value: JsonValue, *, partial: bool = False) -> JsonValue:
        """Return the object in the JSON of a response; in text mode it is never wrapped."""
        if self._mode == "text":
            return value
        return self._schema.unwrap_partial(value) if partial else self._schema.unwrap(value)


def _output_schema(output_cls: type[BaseModel]) -> OutputSchema:
    if not isinstance(output_cls, type) or not issubclass(output_cls, BaseModel):
        raise InvalidRequestError(
            f"output_cls must be a pydantic class, got {shorten(repr(output_cls))}.",
            hint="Pass a subclass of pydantic.BaseModel.",
            param="output_cls",
        )
    if (known := _schemas.get(output_cls)) is not None:
        return known
    try:
        schema = output_cls.model_json_schema()
    except PydanticInvalidForJsonSchema as error:
        reason = error.message
    else:
        _schemas[output_cls] = OutputSchema.of(schema, output_cls.__name__)
        return _schemas[output_cls]
    raise InvalidRequestError(
        f"{output_cls.__name__} cannot be described as a JSON Schema: {reason}.",
        hint="Use field types that pydantic can describe, or annotate them with WithJsonSchema.",
        param="output_cls",
    )


def _json_text(response: ChatResponse) -> str:
    """Return the arguments of the tool call, or else the text."""
    for block in response.message.blocks:
        if isinstance(block, ToolCallBlock):
            arguments = block.tool_kwargs
            return arguments if isinstance(arguments, str) else to_json(arguments).decode()
    return response.message.content or ""


def _partial_json(text: str) -> JsonValue | None:
    if text.lstrip().startswith("{"):
        try:
            value: JsonValue = from_json(text, allow_partial="trailing-strings")
        except ValueError:
            return read_partial_json(text)
        return value
    return read_partial_json(text)


def _problems(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(map(_problem, error.errors(include_url=False)))
    return f"{type(error).__name__}: {error}".rstrip(".")


def _problem(error: Mapping[str, Any]) -> str:
    path = ".".join(map(str, error["loc"]))
    return f"{path}: {error['msg']}" if path else str(error["msg"])
