"""Types of structured output: their JSON Schemas, and how results are validated."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isroutine
from typing import Any, Generic, TypeVar

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, JsonValue, TypeAdapter
from pydantic.errors import PydanticUserError
from pydantic.v1 import BaseModel as BaseModelV1
from pydantic_core import SchemaError
from typing_extensions import is_typeddict

from ionos_model_hub.wire.output_schema import OutputSchema
from ionos_model_hub.wire.shorten import shorten
from ionos_model_hub.wire.surrogates import replace_lone_surrogates
from langchain_ionos.convert.tools import open_function
from langchain_ionos.convert.typed_dicts import is_plain_json, replace_typed_dicts
from langchain_ionos.errors import IONOSInvalidRequestError

Output = TypeVar("Output")

_TOOL_KEYS = frozenset({"function", "parameters", "input_schema", "inputSchema", "toolSpec"})


@dataclass(frozen=True)
class OutputType(ABC, Generic[Output]):
    """A type of structured output.

    Attributes:
        schema: Its JSON Schema, or None for any JSON.
    """

    schema: OutputSchema | None

    @property
    def python_type(self) -> Any:
        """The type of the results, or Any."""
        return Any

    @abstractmethod
    def validate(self, value: JsonValue) -> Output:
        """Return the result for a response's JSON; raises an exception if it is invalid."""

    def validate_partial(self, value: JsonValue) -> Output | None:
        """Return the result for the JSON received so far, or None if it is not yet valid.

        Only objects are returned, because LangChain adds the chunks of a stream, and sums of
        partial lists or texts would repeat their beginning.
        """
        return None


@dataclass(frozen=True)
class PlainOutput(OutputType[Any]):
    """Plain JSON, validated with jsonschema."""

    source: Any = Any

    @property
    def python_type(self) -> Any:
        """The TypedDict, or Any."""
        return self.source

    def validate(self, value: JsonValue) -> Any:
        """Return the JSON unchanged; raises ResponseError."""
        if self.schema:
            self.schema.validate(value)
        return value

    def validate_partial(self, value: JsonValue) -> Any:
        """Return the JSON received so far, which is not validated."""
        return value if isinstance(value, dict) else None


@dataclass(frozen=True)
class ModelOutput(OutputType[BaseModel]):
    """An instance of a pydantic class."""

    source: type[BaseModel]

    @property
    def python_type(self) -> type[BaseModel]:
        """The class."""
        return self.source

    def validate(self, value: JsonValue) -> BaseModel:
        """Return the instance; raises pydantic.ValidationError."""
        return self.source.model_validate_json(_encode(value))

    def validate_partial(self, value: JsonValue) -> BaseModel | None:
        """Return the instance, or None if required fields are missing."""
        if not isinstance(value, dict):
            return None
        try:
            return self.validate(value)
        except Exception:  # noqa: BLE001  # validators may raise anything; the end reports it
            return None


@dataclass(frozen=True)
class ModelV1Output(OutputType[BaseModelV1]):
    """An instance of a class of pydantic's version 1."""

    source: type[BaseModelV1]

    def validate(self, value: JsonValue) -> BaseModelV1:
        """Return the instance; raises pydantic.v1.ValidationError."""
        return self.source.parse_obj(value)


@dataclass(frozen=True)
class AdaptedOutput(OutputType[Any]):
    """A value of any other type that pydantic can validate."""

    source: Any
    adapter: TypeAdapter[Any]

    @property
    def python_type(self) -> Any:
        """The type."""
        return self.source

    def validate(self, value: JsonValue) -> Any:
        """Return the value; raises pydantic.ValidationError."""
        return self.adapter.validate_json(_encode(value))


def output_type(source: Any) -> OutputType[Any]:
    """Return the output type of a schema.

    Args:
        source: A pydantic class, a TypedDict, another type that pydantic can validate, or a JSON
            Schema as a dict in the form of any provider. None stands for any JSON.

    Raises:
        IONOSInvalidRequestError: It is none of these, or JSON Schema cannot express it.

    Example:
        >>> output_type(list[int]).validate([1, 2])
        [1, 2]
    """
    if source is None:
        return PlainOutput(None)
    if isinstance(source, str):  # pydantic would evaluate it as code
        raise _unsupported(source, "it is a string")
    try:
        return _output_type(source)
    except (PydanticUserError, SchemaError) as error:
        message = error.message if isinstance(error, PydanticUserError) else str(error)
        reason = message.partition("\n")[0]
    raise _unsupported(source, reason)


def _encode(value: JsonValue) -> str:
    """Return JSON that pydantic accepts, without lone surrogates."""
    return replace_lone_surrogates(json.dumps(value, ensure_ascii=False))


def _unsupported(source: Any, reason: str) -> IONOSInvalidRequestError:
    return IONOSInvalidRequestError(
        f"{shorten(repr(source))} cannot be expressed as a JSON Schema: {reason.rstrip('.')}.",
        hint="Pass a pydantic class, a TypedDict, another type, or a JSON Schema as a dict.",
        param="schema",
    )


def _output_type(source: Any) -> OutputType[Any]:
    if isinstance(source, type) and issubclass(source, BaseModel):
        return ModelOutput(_named(source.model_json_schema(), source), source)
    if isinstance(source, type) and issubclass(source, BaseModelV1):
        return ModelV1Output(_named(source.schema(), source), source)
    if isinstance(source, Mapping):
        return PlainOutput(OutputSchema.of(_open_tool_form(source)))
    if isinstance(source, BaseTool) or isroutine(source):
        return PlainOutput(OutputSchema.of(convert_to_json_schema(source)))
    replaced = replace_typed_dicts(source)
    schema = _named(TypeAdapter(replaced).json_schema(), source)
    # As in other packages for LangChain, a TypedDict receives JSON values, unconverted.
    if is_typeddict(source) or (replaced != source and is_plain_json(source)):
        return PlainOutput(schema, source)
    return AdaptedOutput(schema, source, TypeAdapter(source))


def _named(schema: Mapping[str, Any], source: Any) -> OutputSchema:
    """Return a schema whose name is its title, or that of the class."""
    is_named = "title" not in schema and isinstance(source, type)
    return OutputSchema.of(schema, source.__name__ if is_named else None)


def _open_tool_form(source: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the JSON Schema in the form of a tool or `response_format` of some provider."""
    if isinstance(wrapper := source.get("json_schema"), Mapping):
        return wrapper
    if not _TOOL_KEYS & source.keys():
        return source
    try:
        return convert_to_json_schema(open_function(source))
    except (ValueError, KeyError, TypeError) as error:
        reason = str(error)
    raise IONOSInvalidRequestError(
        f"The schema is in an unknown form: {reason}",
        hint="Pass a JSON Schema, or a dict with name and parameters.",
        param="schema",
    )
