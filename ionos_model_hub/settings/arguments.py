"""Names of arguments: aliases, misspellings, and the names that other packages use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices

from ionos_model_hub.errors import ConfigurationError, did_you_mean
from ionos_model_hub.settings.checks import split_timeout
from ionos_model_hub.settings.foreign_arguments import argument_for_field, replacement_for

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def rename_arguments(
    arguments: Mapping[str, Any], names: Mapping[str, str], owner: str
) -> dict[str, Any]:
    """Return arguments by the names of the fields that they set.

    Args:
        arguments: The arguments.
        names: The field of each name that is accepted.
        owner: The class or function, for errors.

    Raises:
        ConfigurationError: A name is unknown, or two arguments set the same field.
    """
    fields: dict[str, Any] = {}
    for name, value in arguments.items():
        if (field := names.get(name)) is None:
            raise unknown_argument(name, names, owner)
        if field in fields:
            raise _set_twice(field)
        fields[field] = value
    if "timeout" in fields and not isinstance(fields["timeout"], int | float):
        parts = split_timeout(fields.pop("timeout"))
        if duplicates := fields.keys() & parts.keys():
            raise _set_twice(duplicates.pop())
        fields |= parts
    return fields


def argument_names(fields: Mapping[str, FieldInfo], aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the field that each argument of a class sets.

    Args:
        fields: The fields by name, which may have aliases of their own.
        aliases: Further names of arguments, and the fields that they set.
    """
    names = {name: name for name in fields}
    for field, info in fields.items():
        if isinstance(info.validation_alias, AliasChoices):
            names |= {str(choice): field for choice in info.validation_alias.choices}
        elif isinstance(alias := info.validation_alias or info.alias, str):
            names[alias] = field
    return {**names, **aliases}


def unknown_argument(name: str, names: Collection[str], owner: str) -> ConfigurationError:
    """Return the error for an argument that a class or function does not have.

    Args:
        name: The argument.
        names: The arguments that it has.
        owner: Its name.
    """
    hint = replacement_for(name, names) or did_you_mean(name, names)
    if hint is None and (argument := argument_for_field(name, names)):
        hint = f"To send it as a field of the request, pass {argument}."
    hint = hint or f"Its arguments are {', '.join(sorted(names))}."
    return ConfigurationError(f"{owner} has no argument {name!r}.", hint=hint, param=name)


def _set_twice(field: str) -> ConfigurationError:
    return ConfigurationError(
        f"{field} is set by two arguments.", hint="Pass one of them.", param=field
    )
