"""Read rows from inputs of every format, one at a time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pyarrow as pa

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.embed.readers import delimited, lines
from ionos_model_hub.cli.embed.readers import parquet as parquet_rows
from ionos_model_hub.cli.embed.readers.fields import Fields, duplicates
from ionos_model_hub.cli.embed.readers.sources import Source
from ionos_model_hub.cli.embed.readers.streams import ByteStream, open_bytes
from ionos_model_hub.cli.embed.records import Reject, Row


@dataclass(slots=True)
class Reader:
    """Reads inputs.

    Args:
        fields: The fields of text, id and copied values.
        encoding: Encoding of text inputs. Default: UTF-8 unless a byte order mark indicates
            another one.
        delimiter: The character between columns of CSV. Default: detected from the header.
        by_line: Whether each line of a text file is a text.
        notices: Receives notices about detected delimiters and encodings.

    Raises:
        UsageError: The encoding is unknown.
    """

    fields: Fields = field(default_factory=Fields)
    encoding: str | None = None
    delimiter: str | None = None
    by_line: bool = False
    notices: Notices = field(default_factory=Notices)

    def __post_init__(self) -> None:
        try:
            "\n".encode(self.encoding or "utf-8")
        except (LookupError, UnicodeError):
            raise UsageError(f"The encoding {self.encoding!r} is unknown.") from None

    def check(self, sources: Iterable[Source]) -> None:
        """Check that files can be read and that tables have the needed columns.

        A file of a folder or glob that fails is rejected when it is its turn.

        Raises:
            UsageError: A file that the user named fails.
        """
        for source in sources:
            try:
                self._check(source)
            except UsageError:
                if source.is_explicit:
                    raise

    def use_column_types(self, sources: Sequence[Source]) -> dict[str, pa.DataType]:
        """Return the types of the copied columns in the output.

        Numbers, dates and times in Parquet keep their type; all other values become text.
        """
        types = dict.fromkeys(self.fields.keep, pa.string())
        if types and all(source.format == "parquet" for source in sources):
            schemas = self._schemas(sources)
            types = {
                name: _copied_type([schema.field(name).type for schema in schemas])
                for name in types
            }
        typed = frozenset(name for name, type_ in types.items() if type_ != pa.string())
        self.fields = replace(self.fields, typed=typed)
        return types

    def read(self, sources: Sequence[Source]) -> Iterator[Row | Reject]:
        """Yield the rows of all inputs in order.

        Raises:
            UsageError: A stream has no columns of text and id.
        """
        unseen = set(self.fields.keep)
        for source in sources:
            for row in self._read(source):
                if unseen and isinstance(row, Row):
                    unseen -= _names_with_values(self.fields.keep, row)
                yield row
        for name in sorted(unseen):
            self.notices.add(f"No row has a value of the field {name} (--keep)")

    def _read(self, source: Source) -> Iterator[Row | Reject]:
        line = 0
        try:
            for row in self._rows(source):
                line = row.line
                yield row
        except UsageError as error:
            if source.is_stream:  # it could not be checked before
                raise
            yield Reject(source.name, 0, str(error).removeprefix(f"{source.name}: "))
        except OSError as error:
            reason = error.strerror or f"the file is damaged from here on: {error}"
            yield Reject(source.name, line + 1 if line else 0, reason)

    def _schemas(self, sources: Sequence[Source]) -> list[pa.Schema]:
        """Return the schemas of the Parquet files that can be read."""
        schemas = []
        for source in sources:
            with suppress(UsageError):
                schema = parquet_rows.schema(source)
                self.fields.check(schema.names, source.name)
                schemas.append(schema)
        return schemas

    def _rows(self, source: Source) -> Iterator[Row | Reject]:
        if source.format == "parquet":
            self._check_columns(source, parquet_rows.schema(source).names)
            yield from parquet_rows.read(source, self.fields)
            return
        with open_bytes(source, self.encoding) as stream:
            self._note_encoding(source, stream)
            yield from self._text_rows(source, stream)

    def _text_rows(self, source: Source, stream: ByteStream) -> Iterator[Row | Reject]:
        if source.format == "csv":
            with delimited.open_table(source, stream, self.fields, self.delimiter) as table:
                self._check_table(source, table)
                yield from delimited.read(source, stream, self.fields, table)
        elif source.format == "jsonl":
            yield from lines.read_jsonl(source, stream, self.fields)
        elif self.by_line:
            yield from lines.read_lines(source, stream, self.fields)
        else:
            yield from lines.read_document(source, stream, self.fields)

    def _check(self, source: Source) -> None:
        if source.format == "parquet":
            self._check_columns(source, parquet_rows.schema(source).names)
        elif not source.is_stream:
            try:
                self._check_text(source)
            except OSError as error:
                raise UsageError(f"{source.name}: {error.strerror or error}.") from None

    def _check_text(self, source: Source) -> None:
        if source.format == "text" and not self.by_line and source.size > lines.MAX_TEXT_BYTES:
            raise UsageError(
                f"{source.name}: the file is too large for one text. With --lines each line is one."
            )
        with open_bytes(source, self.encoding) as stream:
            self._note_encoding(source, stream)
            if source.format == "csv":
                with delimited.open_table(source, stream, self.fields, self.delimiter) as table:
                    self._check_table(source, table)

    def _check_table(self, source: Source, table: delimited.Table) -> None:
        if not table.names:
            return
        self._check_columns(source, table.names)
        if table.is_detected:
            name = "tabs" if table.delimiter == "\t" else repr(table.delimiter)
            self.notices.add(f"Columns are separated by {name}", source.name)

    def _check_columns(self, source: Source, names: Sequence[str]) -> None:
        self.fields.check(names, source.name)
        for name in duplicates(names):
            self.notices.add(f"Duplicate column {name}, only the first is read", source.name)

    def _note_encoding(self, source: Source, stream: ByteStream) -> None:
        if stream.has_byte_order_mark:
            encoding = stream.original_encoding.upper()
            self.notices.add(f"Read as {encoding} (byte order mark)", source.name)


def _copied_type(types: Sequence[pa.DataType]) -> pa.DataType:
    """Return the type of a copied column: that of all inputs if it is scalar, else string."""
    checks = (
        pa.types.is_boolean,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_decimal,
        pa.types.is_date,
        pa.types.is_timestamp,
    )
    if len(set(types)) == 1 and any(check(types[0]) for check in checks):
        return types[0]
    return pa.string()


def _names_with_values(names: Sequence[str], row: Row) -> set[str]:
    return {name for name, value in zip(names, row.kept, strict=True) if value is not None}
