"""Structured output: how a pydantic class is asked for, and how it is read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, Literal

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, TextBlock, ToolCallBlock
from llama_index.core.output_parsers.pydantic import PydanticOutputParser
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from llama_index.core.types import Model
from pydantic import BaseModel, JsonValue, RootModel, ValidationError
from pydantic_core import from_json, to_json

from ionos_model_hub.errors import InvalidRequestError, ResponseError
from ionos_model_hub.wire.model_json import read_json, read_partial_json
from ionos_model_hub.wire.strict_schemas import response_format
from llama_index_ionos.convert.responses import is_partial
from llama_index_ionos.convert.tools import finish_reason

Way = Literal["schema", "function", "text"]
"""By `response_format`, by a tool the model has to call, or by a schema in the prompt."""

_OWN_OPTIONS = ("tools", "tool_choice", "tool_required", "allow_parallel_tool_calls")
_ROOT = "root"
_PARAMETERS = ("type", "properties", "required", "$defs")


class Asked(Generic[Model]):
    """One output class and the way in which it is asked for.

    Args:
        output_cls: What the answer shall be; a `RootModel` is asked for inside an object.
        way: How to ask. A class whose schema the hub refuses (one with a free-form root, for
            instance) is asked for as a function.

    Example:
        >>> class City(BaseModel):
        ...     name: str
        >>> sorted(Asked(City, "schema").options({}))
        ['response_format']
    """

    def __init__(self, output_cls: type[Model], way: Way) -> None:
        self._output_cls = output_cls
        self._is_root = issubclass(output_cls, RootModel)
        self._schema = _schema_of(output_cls)
        self._format: Mapping[str, JsonValue] = {}
        if way == "schema":
            try:
                self._format = response_format(self._schema, output_cls.__name__)
            except InvalidRequestError:
                way = "function"
        self._way = way
        self._last: JsonValue = None

    def options(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the options of the request; those given are kept unless they say otherwise."""
        own = {**(given or {})}
        for name in (*_OWN_OPTIONS, "response_format"):
            own.pop(name, None)
        if self._way == "schema":
            return {**own, "response_format": self._format}
        if self._way == "text":
            return own
        function = {
            "name": self._output_cls.__name__,
            "description": self._schema.get("description", "The answer."),
            "parameters": {key: self._schema[key] for key in _PARAMETERS if key in self._schema},
        }
        return {
            **own,
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": function["name"]}},
            "allow_parallel_tool_calls": False,
        }

    def messages(self, messages: Sequence[ChatMessage]) -> list[ChatMessage]:
        """Return the messages, with the schema in the last one if it is asked for in text."""
        if self._way != "text" or not messages:
            return list(messages)
        parser = PydanticOutputParser(self._output_cls)
        wish = TextBlock(text=parser.get_format_string(escape_json=False))
        *before, last = messages
        return [*before, last.model_copy(update={"blocks": [*last.blocks, wish]})]

    def read(self, response: ChatResponse) -> Model:
        """Return the object that a whole answer holds.

        Raises:
            ResponseError: The model refused, was cut off, wrote no JSON, or JSON that does not
                fit the class.
        """
        if refusal := response.message.additional_kwargs.get("refusal"):
            raise ResponseError(f"The model refused to answer: {refusal}")
        value = read_json(self._text(response), finish_reason=finish_reason(response))
        try:
            # By way of JSON, where pydantic takes dates, enums and tuples for what they are.
            return self._output_cls.model_validate_json(to_json(self._unwrapped(value)))
        except ValidationError as error:
            faults = "; ".join(map(_fault, error.errors(include_url=False)))
        raise ResponseError(
            f"The model's answer does not fit {self._output_cls.__name__}: {faults}.",
            hint="Ask again, or loosen the class.",
        )

    def step(self, response: ChatResponse) -> Model | FlexibleModel | None:
        """Return the object as far as a stream has told it, or None if nothing is new.

        It is of the class itself as soon as what is there fits; until then of a look-alike
        whose fields may be missing. The last one is always of the class.

        Raises:
            ResponseError: See `read`.
        """
        if not is_partial(response):
            return self.read(response)
        value = self._unwrapped(_partial_json(self._text(response)))
        if value is None or value == self._last:
            return None
        self._last = value
        try:
            return self._output_cls.model_validate(value)
        except ValidationError:
            return self._flexible.model_validate(value) if isinstance(value, dict) else None

    @cached_property
    def _flexible(self) -> type[FlexibleModel]:
        """The look-alike of the class, which takes a part of an object."""
        return create_flexible_model(self._output_cls)

    def _text(self, response: ChatResponse) -> str:
        """Return where the answer stands: in the call of the function, or in the text."""
        for block in response.message.blocks:
            if isinstance(block, ToolCallBlock) and isinstance(block.tool_kwargs, str):
                return block.tool_kwargs
        return response.message.content or ""

    def _unwrapped(self, value: JsonValue) -> JsonValue:
        if self._is_root and isinstance(value, dict):
            return value.get(_ROOT)
        return value


def _schema_of(output_cls: type[BaseModel]) -> dict[str, Any]:
    """Return a class's JSON Schema; that of a `RootModel` as the one field of an object."""
    schema = output_cls.model_json_schema()
    if not issubclass(output_cls, RootModel):
        return schema
    definitions = {"$defs": schema.pop("$defs")} if "$defs" in schema else {}
    return {"type": "object", "properties": {_ROOT: schema}, "required": [_ROOT], **definitions}


def _partial_json(text: str) -> JsonValue | None:
    if text.lstrip().startswith("{"):
        try:
            value: JsonValue = from_json(text, allow_partial="trailing-strings")
        except ValueError:
            return read_partial_json(text)
        return value
    return read_partial_json(text)


def _fault(error: Mapping[str, Any]) -> str:
    place = ".".join(map(str, error["loc"]))
    return f"{place}: {error['msg']}" if place else str(error["msg"])
