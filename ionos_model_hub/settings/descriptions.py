"""Docstrings of classes whose arguments are pydantic fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from inspect import cleandoc
from textwrap import fill
from typing import TYPE_CHECKING

from pydantic import AliasChoices

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

_WIDTH = 100


def describe_fields(
    kind: type[BaseModel], aliases: Mapping[str, str], last: Collection[str]
) -> str:
    """Return the docstring of a class with its arguments and their descriptions added.

    Args:
        kind: The class.
        aliases: Further names of arguments, and the fields that they set.
        last: Names of the fields to list after those of the class.
    """
    own = vars(kind).get("__annotations__", {})
    fields = sorted(
        kind.model_fields.items(), key=lambda item: (item[0] in last, item[0] not in own)
    )
    described = [
        _wrap(f"{name}: {field.description}{_default(field)}{_aliases(name, field, aliases)}")
        for name, field in fields
        if field.description
    ]
    others = [f"`{name}`" for name, field in fields if not field.description and name not in own]
    if others:
        described.append(_wrap(f"Described in the base classes: {', '.join(others)}."))
    docstring = cleandoc(vars(kind).get("__doc__") or "")
    return "\n".join([docstring, "", "Arguments:", *described])


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
