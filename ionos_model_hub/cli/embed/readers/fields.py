"""The fields of a row: its text, its id and the values that are copied to the output."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple
from uuid import UUID

from ionos_model_hub.cli.common.errors import UsageError

TEXT_FIELDS = ("text", "content", "page_content")
ID_FIELD = "id"
OUTPUT_COLUMNS = ("id", "part", "text", "model", "digest", "vector", "embedding")

_MAX_EXACT_FLOAT = 2**53
_MAX_LISTED = 10
_JSON_TYPES = {
    type(None): "null",
    bool: "a Boolean",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "an object",
}


class BadRowError(Exception):
    """A row cannot be used; the message is the reason."""


class Picked(NamedTuple):
    """The values of a row that are used; `id` is None if the rows have no ids."""

    id: str | None
    text: str
    kept: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """Names of fields.

    Args:
        text: Field of the text. Default: the first of `TEXT_FIELDS` that exists.
        id: Field of the id. Default: `ID_FIELD` if it exists.
        keep: Fields that are copied to the output.
        typed: Fields among them whose values keep their type; those of others become text.

    Raises:
        UsageError: A field to keep has the name of a column that the output has anyway.
    """

    text: str | None = None
    id: str | None = None
    keep: tuple[str, ...] = ()
    typed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if reserved := [name for name in self.keep if name in OUTPUT_COLUMNS]:
            raise UsageError(
                f"--keep cannot copy {', '.join(reserved)}: the output has columns of these names."
            )

    def text_name(self, names: Collection[str]) -> str:
        """Return the name of the text field; raises BadRowError if it is not among `names`."""
        candidates = TEXT_FIELDS if self.text is None else (self.text,)
        for name in candidates:
            if name in names:
                return name
        raise BadRowError(f"no field {' or '.join(candidates)}, found {_listed(names)}")

    def id_name(self, names: Collection[str]) -> str | None:
        """Return the name of the id field, or None if the rows have no ids.

        Raises:
            BadRowError: The field that was set is not among `names`.
        """
        if self.id is None:
            return ID_FIELD if ID_FIELD in names else None
        if self.id not in names:
            raise BadRowError(f"no field {self.id}, found {_listed(names)}")
        return self.id

    def check(self, names: Collection[str], file: str) -> None:
        """Check that a table has the columns.

        Raises:
            UsageError: A column is missing.
        """
        try:
            self.text_name(names)
            self.id_name(names)
        except BadRowError as error:
            raise UsageError(
                f"{file}: {error}. Set the columns with --text-field and --id-field."
            ) from None
        if missing := [name for name in self.keep if name not in names]:
            raise UsageError(
                f"{file}: no field {', '.join(missing)} for --keep, found {_listed(names)}."
            )

    def has_columns(self, names: Collection[str]) -> bool:
        """Return whether a table has the columns of text and id."""
        try:
            self.text_name(names)
            self.id_name(names)
        except BadRowError:
            return False
        return True

    def columns(self, names: Collection[str]) -> list[str]:
        """Return the columns to read of a table, without duplicates."""
        columns = [self.text_name(names), self.id_name(names), *self.keep]
        return list(dict.fromkeys(name for name in columns if name is not None))

    def pick(self, row: Mapping[str, object]) -> Picked:
        """Return the values of a row.

        Raises:
            BadRowError: A field is missing or its value cannot be used.
        """
        id_name = self.id_name(row)
        id_ = None if id_name is None else _id(row[id_name], id_name)
        text = _text(row, self.text_name(row))
        if not self.keep:
            return Picked(id_, text, ())
        return Picked(id_, text, tuple(self._kept(name, row.get(name)) for name in self.keep))

    def _kept(self, name: str, value: object) -> object:
        if value is None or (name in self.typed and not isinstance(value, str)):
            return value
        if not isinstance(value, str):
            value = json.dumps(value, ensure_ascii=False, default=str)
        _check_unicode(value, f"the field {name}")
        return value


def usable_text(text: str) -> str:
    """Return a text that can be embedded; raises BadRowError if it is blank or not Unicode."""
    if not text or text.isspace():
        raise BadRowError("the text is empty")
    _check_unicode(text, "the text")
    return text


def type_name(value: object) -> str:
    """Return the type of a value as JSON names it; that of other values as Python names it."""
    return _JSON_TYPES.get(type(value)) or type(value).__name__


def duplicates(names: Collection[str]) -> list[str]:
    """Return the names that occur more than once."""
    unique = dict.fromkeys(names)
    if len(unique) == len(names):
        return []
    return [name for name in unique if list(names).count(name) > 1]


def _text(row: Mapping[str, object], name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise BadRowError(f"the field {name} must be a string, got {type_name(value)}")
    return usable_text(value)


def _id(value: object, name: str) -> str:
    if isinstance(value, float) and isfinite(value):
        # pandas turns a column of integers with missing values into floats: 7.0 is the id 7.
        is_integer = value.is_integer() and abs(value) <= _MAX_EXACT_FLOAT
        return str(int(value)) if is_integer else repr(value)
    if isinstance(value, bool) or not isinstance(value, str | int | UUID):
        shown = repr(value) if isinstance(value, float) else type_name(value)
        raise BadRowError(f"the field {name} must be a string or a number, got {shown}")
    if value == "":
        raise BadRowError(f"the field {name} is empty")
    id_ = str(value)
    _check_unicode(id_, f"the field {name}")
    return id_


def _check_unicode(text: str, name: str) -> None:
    """Reject lone surrogates, which also represent bytes that could not be decoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadRowError(
            f"{name} is not valid Unicode or not in the encoding of the file; set --encoding"
        ) from None


def _listed(names: Collection[str]) -> str:
    shown = [name[:40].encode(errors="replace").decode() for name in list(names)[:_MAX_LISTED]]
    more = ", …" if len(names) > len(shown) else ""
    return f"{', '.join(shown)}{more}" if shown else "none"
