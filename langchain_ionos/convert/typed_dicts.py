"""Convert TypedDicts to pydantic models, from which JSON Schemas are generated.

Pydantic rejects `typing.TypedDict` before Python 3.12. It also ignores LangChain's annotations
`Annotated[type, default, "description"]`, in which the default `...` means required.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from types import EllipsisType, UnionType
from typing import (
    Annotated,
    Any,
    ForwardRef,
    Literal,
    NamedTuple,
    NotRequired,
    Required,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel, Field, create_model
from typing_extensions import ReadOnly, is_typeddict

from langchain_ionos.errors import IONOSInvalidRequestError

_QUALIFIERS = (Required, NotRequired, ReadOnly)
_PLAIN_TYPES = (str, int, float, bool, type(None), list, dict, Any)
_PLAIN_GENERICS = (list, dict, Union, UnionType)
_SECTION = re.compile(r"^(?:Args|Arguments|Attributes):\n((?:[ \t]+.*\n?|\n)+)", re.MULTILINE)
_ENTRY = re.compile(r"^[ \t]+(\w+)(?: \([^)]*\))?: +(.+)$", re.MULTILINE)


class Docstring(NamedTuple):
    """The description of a class, and those of its fields."""

    description: str | None
    fields: Mapping[str, str]


def typed_dict_to_model(source: type) -> type[BaseModel]:
    """Return a pydantic model with the fields of a TypedDict.

    Raises:
        IONOSInvalidRequestError: An annotation refers to a name that cannot be resolved.

    Example:
        >>> from typing_extensions import TypedDict
        >>> Point = TypedDict("Point", {"x": int, "y": NotRequired[int]})
        >>> typed_dict_to_model(Point).model_json_schema()["required"]
        ['x']
    """
    return cast("type[BaseModel]", replace_typed_dicts(source))


def replace_typed_dicts(source: Any) -> Any:
    """Return a type with each TypedDict in it replaced by a model."""
    converter = _Converter()
    converted = converter.convert(source)
    for model in converter.models.values():
        model.model_rebuild(_types_namespace=converter.models)
    return converted


def is_plain_json(source: Any, parents: tuple[object, ...] = ()) -> bool:
    """Return whether the values of a type are plain JSON, so that none has to be converted.

    Example:
        >>> is_plain_json(list[int]), is_plain_json(set[int])
        (True, False)
    """
    if source in parents:
        return True  # the type is recursive
    if is_typeddict(source):
        parts = tuple(_type_hints(source).values())
        return all(is_plain_json(part, (*parents, source)) for part in parts)
    origin, args = get_origin(source), get_args(source)
    if origin is Annotated or origin in _QUALIFIERS:
        return is_plain_json(args[0], parents)
    if origin is Literal:
        return all(isinstance(value, str | int | None) for value in args)
    if origin in _PLAIN_GENERICS:
        return all(is_plain_json(arg, parents) for arg in args)
    return source in _PLAIN_TYPES


def parse_docstring(text: str | None) -> Docstring:
    """Return the description, and the descriptions of the fields in its section `Args`."""
    text = inspect.cleandoc(text or "")
    section = _SECTION.search(text)
    if not section:
        return Docstring(text or None, {})
    return Docstring(text[: section.start()].strip() or None, dict(_ENTRY.findall(section[1])))


class _Converter:
    """Converts each TypedDict once.

    Attributes:
        models: The models by the names that refer to them in recursive types.
    """

    def __init__(self) -> None:
        self.models: dict[str, type[BaseModel]] = {}
        self._names: dict[type, str] = {}

    def convert(self, source: Any) -> Any:
        """Return a type with each TypedDict replaced by a model or a reference to one."""
        if is_typeddict(source):
            return self._to_model(source)
        origin, args = get_origin(source), get_args(source)
        if origin is None or origin is Literal:
            return source
        if origin in _QUALIFIERS:
            return self.convert(args[0])
        if origin is Annotated:
            return Annotated[(self.convert(args[0]), *args[1:])]
        converted = tuple(self.convert(arg) for arg in args)
        if converted == args:
            return source
        return (Union if origin is UnionType else origin)[converted]

    def _to_model(self, source: Any) -> type[BaseModel] | ForwardRef:
        if name := self._names.get(source):
            return self.models.get(name) or ForwardRef(name)
        name = self._names[source] = f"TypedDict{len(self._names)}"
        docstring = parse_docstring(source.__doc__)
        required: frozenset[str] = source.__required_keys__
        fields = {
            # A model cannot have fields with names such as `_id`; the alias is in the schema.
            f"field_{index}": self._to_field(key, hint, key in required, docstring.fields.get(key))
            for index, (key, hint) in enumerate(_type_hints(source).items())
        }
        definitions = cast("dict[str, Any]", fields)
        model: type[BaseModel] = create_model(
            source.__name__, __doc__=docstring.description, **definitions
        )
        self.models[name] = model
        return model

    def _to_field(
        self, key: str, hint: Any, is_required: bool, description: str | None
    ) -> tuple[Any, Any]:
        """Return the type and the pydantic field of one key."""
        while (origin := get_origin(hint)) in _QUALIFIERS:
            is_required = origin is Required or (is_required and origin is not NotRequired)
            hint = get_args(hint)[0]
        default: Any = ...
        if get_origin(hint) is Annotated:
            hint, default, own_description = _read_annotation(hint)
            description = own_description or description
        field = Field(default, alias=key, description=description)
        if not is_required and default is ...:
            # A factory, because a default would be part of the schema.
            field = Field(default_factory=dict, alias=key, description=description)
        return self.convert(hint), field


def _read_annotation(hint: Any) -> tuple[Any, Any, str | None]:
    """Return the type, default and description of `Annotated[type, default, "description"]`.

    A single string is a description. Other annotations are left to pydantic.
    """
    type_, *metadata = get_args(hint)
    match metadata:
        case [str() as description]:
            return type_, ..., description
        case [EllipsisType() | None | str() | int() | float() | list() | dict() as default, str()]:
            return type_, default, metadata[1]
    return hint, ..., None


def _type_hints(source: Any) -> dict[str, Any]:
    try:
        return get_type_hints(source, include_extras=True)
    except NameError as error:
        raise IONOSInvalidRequestError(
            f"{source.__name__} refers to {error.name!r}, which cannot be resolved.",
            hint="Define the types of a schema at module level.",
            param="schema",
        ) from None
