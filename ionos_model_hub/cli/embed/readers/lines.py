"""Rows of JSONL and of text files."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from pydantic_core import from_json

from ionos_model_hub.cli.embed.readers.fields import BadRowError, Fields, usable_text
from ionos_model_hub.cli.embed.readers.sources import Source
from ionos_model_hub.cli.embed.records import Reject, Row, UsageError

LONGEST = 64 * 1024 * 1024
"""Bytes of the longest line, and of the longest file that is one text."""

Parse = Callable[[str], tuple[str | None, str] | None]
"""Returns id and text of a line, or None for a line to pass over; raises BadRowError."""


def read_jsonl(source: Source, fields: Fields, encoding: str) -> Iterator[Row | Reject]:
    """Yield the rows of a file with one JSON object in each line; blank lines are none."""
    return _rows(source, encoding, lambda line: _parse_json(line, fields))


def read_lines(source: Source, encoding: str) -> Iterator[Row | Reject]:
    """Yield each line of a text file that is not blank."""
    return _rows(source, encoding, lambda line: None if _is_blank(line) else (None, line))


def read_whole(source: Source, encoding: str) -> Iterator[Row | Reject]:
    """Yield a file's whole text; its name is its id."""
    reached = source.start + source.size
    try:
        text = usable_text(_decode(source.path.read_bytes(), encoding, is_first=True))
    except BadRowError as error:
        yield Reject(source.name, 0, str(error), source.name)
    else:
        yield Row(source.name, text, source.name, 0, reached)


def check_size(source: Source) -> None:
    """Refuse a file too large to be one text; raises UsageError."""
    if source.size > LONGEST:
        raise UsageError(
            f"{source.name} is too large to be one text; with --lines each line is one."
        )


def _rows(source: Source, encoding: str, parse: Parse) -> Iterator[Row | Reject]:
    name = source.name
    reached = source.start
    with source.path.open("rb") as file:
        for number, raw in enumerate(_raw_lines(file), 1):
            reached += len(raw)
            try:
                if len(raw) > LONGEST:
                    raise BadRowError(f"the line is longer than {LONGEST:,} bytes")
                parsed = parse(_decode(raw, encoding, is_first=number == 1).rstrip("\r\n"))
                if parsed is not None:
                    text = usable_text(parsed[1])
                    yield Row(parsed[0] or f"{name}:{number}", text, name, number, reached)
            except BadRowError as error:
                yield Reject(name, number, str(error))


def _raw_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines; of one that is too long only the beginning, one byte longer than allowed."""
    while raw := file.readline(LONGEST + 1):
        yield raw
        rest = raw
        while len(rest) == LONGEST + 1 and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST + 1)


def _decode(raw: bytes, encoding: str, *, is_first: bool) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadRowError(f"byte {error.start + 1} is not {encoding}; see --encoding") from None
    return text.removeprefix("\ufeff") if is_first else text


def _is_blank(line: str) -> bool:
    return not line or line.isspace()


def _parse_json(line: str, fields: Fields) -> tuple[str | None, str] | None:
    if _is_blank(line):
        return None
    try:
        row = from_json(line)
    except ValueError as error:
        raise BadRowError(f"not JSON: {error}") from None
    if not isinstance(row, dict):
        raise BadRowError(f"not a JSON object but {type(row).__name__}")
    return fields.pick(row)
