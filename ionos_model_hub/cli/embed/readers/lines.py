"""Read JSONL and text files."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from pydantic_core import from_json

from ionos_model_hub.cli.embed.readers.fields import (
    BadRowError,
    Fields,
    Picked,
    type_name,
    usable_text,
)
from ionos_model_hub.cli.embed.readers.sources import Source
from ionos_model_hub.cli.embed.readers.streams import ByteStream
from ionos_model_hub.cli.embed.records import Reject, Row

MAX_TEXT_BYTES = 64 * 1024 * 1024
"""Maximum length of a line, and of a file that is one text."""

ParseLine = Callable[[str], Picked | None]
"""Returns the values of a line, or None for a line to skip; raises BadRowError."""


def read_jsonl(source: Source, stream: ByteStream, fields: Fields) -> Iterator[Row | Reject]:
    """Yield the rows of a file with one JSON object per line; blank lines are skipped."""
    return _rows(source, stream, lambda line: _parse_json(line, fields))


def read_lines(source: Source, stream: ByteStream, fields: Fields) -> Iterator[Row | Reject]:
    """Yield each line of a text file that is not blank."""
    nothing = (None,) * len(fields.keep)
    return _rows(
        source, stream, lambda line: None if _is_blank(line) else Picked(None, line, nothing)
    )


def read_document(source: Source, stream: ByteStream, fields: Fields) -> Iterator[Row | Reject]:
    """Yield the text of a whole file."""
    try:
        data = stream.file.read(MAX_TEXT_BYTES + 1)
        if len(data) > MAX_TEXT_BYTES:
            raise BadRowError("the file is too large for one text; with --lines each line is one")
        text = usable_text(_decode(data, stream, is_first=True))
    except BadRowError as error:
        yield Reject(source.name, 0, str(error), source.id)
    else:
        position = source.start + stream.bytes_read()
        yield Row(source.id, text, source.name, 0, position, (None,) * len(fields.keep))


def _rows(source: Source, stream: ByteStream, parse: ParseLine) -> Iterator[Row | Reject]:
    for number, data in enumerate(_byte_lines(stream.file), 1):
        try:
            if len(data) > MAX_TEXT_BYTES:
                raise BadRowError(f"the line is longer than {MAX_TEXT_BYTES:,} bytes")
            picked = parse(_decode(data, stream, is_first=number == 1).rstrip("\r\n"))
            if picked is None:
                continue
            text = usable_text(picked.text)
        except BadRowError as error:
            yield Reject(source.name, number, str(error))
        else:
            id_ = picked.id or f"{source.id}:{number}"
            position = source.start + stream.bytes_read()
            yield Row(id_, text, source.name, number, position, picked.kept)


def _byte_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines; of a line that is too long only its start, one byte more than allowed."""
    while line := file.readline(MAX_TEXT_BYTES + 1):
        yield line
        rest = line
        while len(rest) == MAX_TEXT_BYTES + 1 and not rest.endswith(b"\n"):
            rest = file.readline(MAX_TEXT_BYTES + 1)


def _decode(data: bytes, stream: ByteStream, *, is_first: bool) -> str:
    try:
        text = data.decode(stream.encoding)
    except UnicodeDecodeError as error:
        raise BadRowError(
            f"byte {error.start + 1} is not valid {stream.original_encoding}; set --encoding"
        ) from None
    return text.removeprefix("\ufeff") if is_first else text


def _is_blank(line: str) -> bool:
    return not line or line.isspace()


def _parse_json(line: str, fields: Fields) -> Picked | None:
    if _is_blank(line):
        return None
    try:
        row = from_json(line)
    except ValueError as error:
        raise BadRowError(f"not valid JSON: {error}") from None
    if not isinstance(row, dict):
        raise BadRowError(f"the line must be a JSON object, got {type_name(row)}")
    return fields.pick(row)
