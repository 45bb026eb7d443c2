"""Structured output: the requests for a schema; `output_parsers` reads the responses."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Literal, TypeAlias, cast

from langchain_core.output_parsers import BaseOutputParser
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, TypeAdapter

from ionos_model_hub.wire import strict_schemas
from langchain_ionos.convert.tools import is_recursive

Method: TypeAlias = Literal["json_schema", "function_calling", "json_mode"]
Schema: TypeAlias = Mapping[str, Any] | type

METHODS: tuple[Method, ...] = ("json_schema", "function_calling", "json_mode")


def check_arguments(schema: Schema | None, method: Method, strict: bool | None) -> None:
    """Raise ValueError if the arguments of `with_structured_output` contradict each other."""
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}.")
    if schema is None and method != "json_mode":
        raise ValueError(f"method {method!r} needs a schema.")
    if strict is not None and method == "json_mode":
        raise ValueError("strict has no effect with method 'json_mode'; use 'json_schema'.")


def build_response_format(source: Schema, strict: bool | None = None) -> dict[str, Any]:
    """Return the `response_format` for a schema; it is strict unless `strict` is False.

    Raises:
        InvalidRequestError: The API does not accept the schema.

    Example:
        >>> build_response_format({"title": "Point", "properties": {}})["json_schema"]["name"]
        'Point'
    """
    if isinstance(source, Mapping) and source.get("type") in ("json_schema", "json_object", "text"):
        return dict(source)
    schema = to_json_schema(source)
    return strict_schemas.response_format(schema, schema["title"], strict is not False)


def to_json_schema(source: Schema) -> dict[str, Any]:
    """Return the JSON Schema, with a title, of a class or of a dict in any provider's form.

    Raises:
        ValueError: The source is not a schema.
    """
    if isinstance(source, type) and issubclass(source, BaseModel):
        return {"title": source.__name__, **source.model_json_schema()}
    if isinstance(source, Mapping):
        if isinstance(wrapper := source.get("json_schema"), Mapping):
            inner = wrapper.get("schema", {})
            return {**inner, "title": wrapper.get("name") or inner.get("title")}
        if not {"function", "parameters", "input_schema", "inputSchema"} & source.keys():
            return {"title": strict_schemas.DEFAULT_NAME, **source}
    try:
        return convert_to_json_schema(cast("Any", source))
    except RecursionError:
        schema = TypeAdapter(cast("type[Any]", source)).json_schema()
        return {"title": getattr(source, "__name__", strict_schemas.DEFAULT_NAME), **schema}


def to_tool(source: Schema) -> Any:
    """Return a schema in a form that `bind_tools` accepts."""
    if is_pydantic_class(source):
        return source
    schema = to_json_schema(source)
    parameters = {key: part for key, part in schema.items() if key not in ("title", "description")}
    function = {"name": schema["title"], "parameters": parameters}
    if description := schema.get("description"):
        function["description"] = description
    return {"type": "function", "function": function}


def trace_format(source: Schema | None, method: Method, strict: bool | None) -> dict[str, Any]:
    """Return the description of the schema for traces, in a form that LangChain can convert."""
    schema: Any = source
    if source is not None:
        try:
            convert_to_json_schema(cast("Any", source))
        except (ValueError, KeyError, RecursionError):
            schema = to_json_schema(source)
            if is_recursive(schema) or "$ref" in schema:
                schema = {"title": schema["title"], "properties": {}, "$defs": schema.get("$defs")}
    kwargs = {"method": method} if strict is None else {"method": method, "strict": strict}
    return {"kwargs": kwargs, "schema": schema}


def add_parser(
    model: Runnable[Any, Any], parser: BaseOutputParser[Any], *, include_raw: bool
) -> Runnable[Any, Any]:
    """Return the model with its parser; `include_raw` keeps the message and catches errors."""
    if not include_raw:
        return model | parser
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def is_pydantic_class(source: object) -> bool:
    """Return whether a schema is a pydantic class."""
    return isinstance(source, type) and is_basemodel_subclass(source)
