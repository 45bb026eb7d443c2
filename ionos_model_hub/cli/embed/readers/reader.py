"""Read rows one by one, whatever the format; never a whole table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ionos_model_hub.cli.embed.readers import delimited, lines
from ionos_model_hub.cli.embed.readers import parquet as parquet_rows
from ionos_model_hub.cli.embed.readers.fields import Fields
from ionos_model_hub.cli.embed.readers.sources import Source
from ionos_model_hub.cli.embed.records import Reject, Row, UsageError


@dataclass(frozen=True, slots=True)
class Reader:
    """How files are read.

    Args:
        fields: Which field is the text and which the id.
        encoding: Of all but Parquet.
        delimiter: Between the columns of CSV. Default: a tab in `.tsv`, else a comma.
        by_line: Whether each line of a text file is a text of its own.

    Raises:
        UsageError: The encoding is unknown or has other line ends.
    """

    fields: Fields = field(default_factory=Fields)
    encoding: str = "utf-8"
    delimiter: str | None = None
    by_line: bool = False

    def __post_init__(self) -> None:
        try:
            has_plain_line_ends = "\n".encode(self.encoding) == b"\n"
        except LookupError:
            raise UsageError(f"There is no encoding {self.encoding!r}.") from None
        if not has_plain_line_ends:
            raise UsageError(
                f"Files in {self.encoding} cannot be read; convert them to UTF-8. "
                "A byte order mark may stay."
            )

    def check(self, sources: Iterable[Source]) -> None:
        """Make sure that tables have the columns; raises UsageError."""
        for source in sources:
            if source.format == "parquet":
                self.fields.check(parquet_rows.columns(source), source.name)
            elif source.format == "csv" and source.size:
                names = delimited.columns(source, self.encoding, self._delimiter(source))
                self.fields.check(names, source.name)
            elif source.format == "text" and not self.by_line:
                lines.check_size(source)

    def read(self, sources: Iterable[Source]) -> Iterator[Row | Reject]:
        """Yield all rows of all files in order."""
        for source in sources:
            try:
                yield from self._rows(source)
            except OSError as error:
                yield Reject(source.name, 0, f"the file cannot be read: {error.strerror}")

    def _rows(self, source: Source) -> Iterator[Row | Reject]:
        if source.format == "parquet":
            return parquet_rows.read(source, self.fields)
        if source.format == "csv":
            return delimited.read(source, self.fields, self.encoding, self._delimiter(source))
        if source.format == "jsonl":
            return lines.read_jsonl(source, self.fields, self.encoding)
        if self.by_line:
            return lines.read_lines(source, self.encoding)
        return lines.read_whole(source, self.encoding)

    def _delimiter(self, source: Source) -> str:
        return self.delimiter or ("\t" if source.path.suffix.lower() == ".tsv" else ",")
