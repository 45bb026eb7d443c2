"""Docstrings and signatures of classes whose arguments are pydantic fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from inspect import Signature, cleandoc
from operator import or_
from textwrap import fill
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Protocol, Union, get_args, get_origin

from pydantic import AliasChoices

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

_WIDTH = 100


class SignatureDescriptor(Protocol):
    """The descriptor with which pydantic builds a class's signature on first use."""

    def __get__(self, instance: Any, owner: type[Any]) -> Signature:
        """Return the signature."""


def simplify_signature(cls: type[BaseModel]) -> None:
    """Hide validators and constraints in the signature of a class, which `help()` shows."""
    if "__signature__" in vars(cls):
        setattr(cls, "__signature__", _PlainSignature(vars(cls)["__signature__"]))  # noqa: B010


class _PlainSignature:
    """Builds a signature when it is read, so that importing the class does not take longer.

    Args:
        original: Provides the signature with validators and constraints.
    """

    def __init__(self, original: SignatureDescriptor) -> None:
        self._original = original

    def __get__(self, instance: Any, owner: type[Any]) -> Signature:
        signature = self._original.__get__(instance, owner)
        parameters = [
            parameter.replace(annotation=_plain_type(parameter.annotation))
            for parameter in signature.parameters.values()
        ]
        return signature.replace(parameters=parameters)


def describe_fields(cls: type[BaseModel], aliases: Mapping[str, str], last: Collection[str]) -> str:
    """Return the docstring of a class with its arguments and their descriptions added.

    Arguments of the class precede those of its bases.

    Args:
        cls: The class.
        aliases: Further names of arguments, and the fields that they set.
        last: Names of the fields to list after those of the class.
    """
    own = vars(cls).get("__annotations__", {})
    bases = {  # the index of the first class in the MRO that declares a field
        name: index
        for index, base in reversed(list(enumerate(cls.__mro__)))
        for name in vars(base).get("__annotations__", {})
    }
    fields = sorted(
        cls.model_fields.items(), key=lambda item: (item[0] in last, bases.get(item[0], 0))
    )
    described = [
        _wrap(f"{name}: {field.description}{_default(field)}{_aliases(name, field, aliases)}")
        for name, field in fields
        if field.description
    ]
    others = [f"`{name}`" for name, field in fields if not field.description and name not in own]
    if others:
        described.append(_wrap(f"Described in the base classes: {', '.join(others)}."))
    docstring = cleandoc(vars(cls).get("__doc__") or "")
    return "\n".join([docstring, "", "Arguments:", *described])


def _plain_type(source: Any) -> Any:
    """Return a type without the metadata of `Annotated`, including the members of a union."""
    origin = get_origin(source)
    if origin is Annotated:
        return _plain_type(get_args(source)[0])
    if origin not in (Union, UnionType):
        return source
    members = get_args(source)
    plain = tuple(map(_plain_type, members))
    return source if plain == members else reduce(or_, plain)


def _default(field: FieldInfo) -> str:
    if field.is_required() or field.default_factory or field.default is None:
        return ""
    return "" if "Default:" in (field.description or "") else f" Default: {field.default!r}."


def _aliases(name: str, field: FieldInfo, aliases: Mapping[str, str]) -> str:
    names = [alias for alias, target in aliases.items() if target == name]
    if isinstance(field.validation_alias, AliasChoices):
        names += [str(each) for each in field.validation_alias.choices if each != name]
    return f" Also accepted as {', '.join(f'`{each}`' for each in names)}." if names else ""


def _wrap(text: str) -> str:
    return fill(
        text,
        width=_WIDTH,
        initial_indent=" " * 4,
        subsequent_indent=" " * 8,
        break_long_words=False,
        break_on_hyphens=False,
    )
