"""Structured output: the request options for a type; `output_parsers` reads the responses."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypedDict, TypeVar, cast

from langchain_core.messages import AIMessage
from langchain_core.utils.function_calling import convert_to_json_schema
from typing_extensions import is_typeddict

from ionos_model_hub.wire.schema_walk import subschemas
from langchain_ionos.errors import IONOSInvalidRequestError

if TYPE_CHECKING:
    from langchain_ionos.output_types import OutputType

Method: TypeAlias = Literal["json_schema", "function_calling", "json_mode"]
Output = TypeVar("Output")

METHODS: tuple[Method, ...] = ("json_schema", "function_calling", "json_mode")
_WIRE_FORMATS = ("json_schema", "json_object", "text")


class StructuredResult(TypedDict, Generic[Output]):
    """The result of `with_structured_output(…, include_raw=True)`.

    Attributes:
        raw: The message.
        parsed: The parsed result, or None if there is an error or the model called a tool.
        parsing_error: Why the message could not be parsed, or None.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> from langchain_ionos import ChatIONOS
        >>> with Emulator() as hub:
        ...     llm = ChatIONOS(api_key="any", base_url=hub.base_url)
        ...     result = llm.with_structured_output(list[int], include_raw=True).invoke("Numbers")
        >>> sorted(result)
        ['parsed', 'parsing_error', 'raw']
    """

    raw: AIMessage
    parsed: Output | None
    parsing_error: Exception | None


def check_arguments(
    schema: object, method: Method, *, strict: bool | None, has_tools: bool, include_raw: bool
) -> None:
    """Raise IONOSInvalidRequestError if arguments of `with_structured_output` conflict."""
    if method not in METHODS:
        raise IONOSInvalidRequestError(
            f"method must be one of {', '.join(METHODS)}, got {method!r}.", param="method"
        )
    if schema is None and method != "json_mode":
        raise IONOSInvalidRequestError(f"method {method!r} needs a schema.", param="schema")
    if strict is not None and method == "json_mode":
        raise IONOSInvalidRequestError(
            "strict has no effect with method 'json_mode'.",
            hint="Use method='json_schema'.",
            param="strict",
        )
    if has_tools and (method == "function_calling" or not include_raw):
        raise IONOSInvalidRequestError(
            "A model with tools may call one of them instead of returning the result.",
            hint="Pass include_raw=True with another method than 'function_calling', or call "
            "with_structured_output on the model without tools.",
            param="tools",
        )


def build_response_format(source: Any) -> dict[str, Any]:
    """Return the `response_format` for a schema; one in the API's form is returned unchanged.

    Raises:
        IONOSInvalidRequestError: The schema cannot be expressed in JSON Schema.

    Example:
        >>> build_response_format({"title": "Point", "properties": {}})["json_schema"]["name"]
        'Point'
    """
    if isinstance(source, Mapping) and source.get("type") in _WIRE_FORMATS:
        return dict(source)
    from langchain_ionos.output_types import output_type  # loaded only if it is needed

    schema = output_type(source).schema
    return schema.response_format() if schema else {"type": "json_object"}


def request_options(output: OutputType[Any], method: Method, strict: bool | None) -> dict[str, Any]:
    """Return the options that make a model respond with a type."""
    schema = output.schema
    if schema is None or method == "json_mode":
        return {"response_format": {"type": "json_object"}}
    if method == "json_schema":
        return {"response_format": schema.response_format(strict)}
    return {"tools": [schema.tool(strict)], "tool_choice": "required"}


def trace_format(
    source: Any, output: OutputType[Any], method: Method, strict: bool | None
) -> dict[str, Any]:
    """Return the description of the schema for traces.

    LangChain converts its schema to JSON Schema at every call, so it is converted here.
    """
    kwargs = {"method": method} if strict is None else {"method": method, "strict": strict}
    return {"kwargs": kwargs, "schema": _traced_schema(source, output)}


def _traced_schema(source: Any, output: OutputType[Any]) -> dict[str, Any] | None:
    if output.schema is None:
        return None
    # Of a TypedDict, LangChain omits such keys, with a warning.
    if not (is_typeddict(source) and _has_private_keys(output.schema.original)):
        with suppress(ValueError, KeyError, TypeError, NameError, RecursionError):
            return convert_to_json_schema(source)
    return {**output.schema.sent, "title": output.schema.name}


def _has_private_keys(schema: Mapping[str, object]) -> bool:
    """Return whether properties in a schema start with an underscore."""
    return any(
        name.startswith("_")
        for node in subschemas(schema)
        for name in cast("Mapping[str, object]", node.get("properties", {}))
    )
