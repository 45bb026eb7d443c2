"""Which field of a row is the text and which the id."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ionos_model_hub.cli.embed.records import UsageError

TEXT_FIELDS = ("text", "content", "page_content")
ID_FIELD = "id"


class BadRowError(Exception):
    """A row cannot be used; its message says why."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields that were asked for; None stands for the usual names."""

    text: str | None = None
    id: str | None = None

    def text_among(self, names: Collection[str]) -> str:
        """Return the name of the text's field; raises BadRowError where there is none."""
        wanted = TEXT_FIELDS if self.text is None else (self.text,)
        for name in wanted:
            if name in names:
                return name
        raise BadRowError(f"no field {' or '.join(wanted)}, there is {_listed(names)}")

    def id_among(self, names: Collection[str]) -> str | None:
        """Return the name of the id's field; None lets file and line be the id."""
        if self.id is None:
            return ID_FIELD if ID_FIELD in names else None
        if self.id not in names:
            raise BadRowError(f"no field {self.id}, there is {_listed(names)}")
        return self.id

    def check(self, names: Collection[str], file: str) -> None:
        """Make sure that a table has the columns.

        Raises:
            UsageError: It lacks one.
        """
        try:
            self.text_among(names)
            self.id_among(names)
        except BadRowError as error:
            raise UsageError(
                f"{file}: {error}. Name the columns with --text-field and --id-field."
            ) from None

    def pick(self, row: Mapping[str, object]) -> tuple[str | None, str]:
        """Return the id, where the row has one, and the text.

        Raises:
            BadRowError: A field is missing or cannot be used.
        """
        name = self.id_among(row)
        return None if name is None else _id(row[name], name), _text(row, self.text_among(row))


def usable_text(text: str) -> str:
    """Return a text that can be embedded; raises BadRowError for others."""
    if not text or text.isspace():
        raise BadRowError("the text is empty")
    _check_unicode(text, "the text")
    return text


def _text(row: Mapping[str, object], name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise BadRowError(f"the field {name} must be a string, got {type(value).__name__}")
    return usable_text(value)


def _id(value: object, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadRowError(
            f"the field {name} must be a string or an integer, got {type(value).__name__}"
        )
    if value == "":
        raise BadRowError(f"the field {name} is empty")
    _check_unicode(str(value), f"the field {name}")
    return str(value)


def _check_unicode(text: str, what: str) -> None:
    """Refuse halves of surrogate pairs, which also stand for bytes that could not be decoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadRowError(f"{what} is not in the encoding of the file, or no Unicode") from None


def _listed(names: Collection[str]) -> str:
    shown = [name[:40].encode(errors="replace").decode() for name in list(names)[:10]]
    return f"{', '.join(shown)}{', …' if len(names) > len(shown) else ''}" if shown else "none"
