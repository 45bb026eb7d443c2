"""Structured output: what is asked of the hub for a schema; `parsers` reads the answer."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Literal, TypeAlias, cast

from langchain_core.output_parsers import BaseOutputParser
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, TypeAdapter

from ionos_model_hub.wire import strict_schemas as schemas
from langchain_ionos.convert.tools import is_recursive

Method: TypeAlias = Literal["json_schema", "function_calling", "json_mode"]
Schema: TypeAlias = Mapping[str, Any] | type

METHODS: tuple[Method, ...] = ("json_schema", "function_calling", "json_mode")


def check(source: Schema | None, method: Method, strict: bool | None) -> None:
    """Raise ValueError where the arguments of `with_structured_output` do not go together."""
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; it must be one of {', '.join(METHODS)}.")
    if source is None and method != "json_mode":
        raise ValueError(f"method {method!r} needs a schema.")
    if strict is not None and method == "json_mode":
        raise ValueError("strict says nothing with method 'json_mode'; use 'json_schema'.")


def response_format(source: Schema, strict: bool | None = None) -> dict[str, Any]:
    """Return the `response_format` that asks for JSON of a schema; strict unless told otherwise.

    Raises:
        InvalidRequestError: The hub takes no such schema.

    Example:
        >>> response_format({"title": "Point", "properties": {}})["json_schema"]["name"]
        'Point'
    """
    if isinstance(source, Mapping) and source.get("type") in ("json_schema", "json_object", "text"):
        return dict(source)
    schema = json_schema(source)
    return schemas.response_format(schema, schema["title"], strict is not False)


def json_schema(source: Schema) -> dict[str, Any]:
    """Return the JSON Schema, with a title, of a class or of a dict in any provider's form.

    Raises:
        ValueError: It describes no schema.
    """
    if isinstance(source, type) and issubclass(source, BaseModel):
        return {"title": source.__name__, **source.model_json_schema()}
    if isinstance(source, Mapping):
        if isinstance(wrapper := source.get("json_schema"), Mapping):
            inner = wrapper.get("schema", {})
            return {**inner, "title": wrapper.get("name") or inner.get("title")}
        if not {"function", "parameters", "input_schema", "inputSchema"} & source.keys():
            return {"title": schemas.DEFAULT_NAME, **source}
    try:
        return convert_to_json_schema(cast("Any", source))
    except RecursionError:
        described = TypeAdapter(cast("type[Any]", source)).json_schema()
        return {"title": getattr(source, "__name__", schemas.DEFAULT_NAME), **described}


def tool_of(source: Schema) -> Any:
    """Return a schema as something that `bind_tools` takes."""
    if is_pydantic(source):
        return source
    schema = json_schema(source)
    parameters = {key: part for key, part in schema.items() if key not in ("title", "description")}
    function = {"name": schema["title"], "parameters": parameters}
    if description := schema.get("description"):
        function["description"] = description
    return {"type": "function", "function": function}


def traced_format(source: Schema | None, method: Method, strict: bool | None) -> dict[str, Any]:
    """Return what traces show of the schema, as something that LangChain can convert."""
    shown: Any = source
    if source is not None:
        try:
            convert_to_json_schema(cast("Any", source))
        except (ValueError, KeyError, RecursionError):
            shown = json_schema(source)
            if is_recursive(shown) or "$ref" in shown:
                shown = {"title": shown["title"], "properties": {}, "$defs": shown.get("$defs")}
    kwargs = {"method": method} if strict is None else {"method": method, "strict": strict}
    return {"kwargs": kwargs, "schema": shown}


def chain(
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


def is_pydantic(source: object) -> bool:
    """Tell whether a schema is a pydantic class."""
    return isinstance(source, type) and is_basemodel_subclass(source)
