"""Open inputs as byte streams: decompressed, and in an encoding with plain line ends."""

import codecs
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from ionos_model_hub.cli.embed.readers.sources import Source

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER_SIZE = 64 * 1024
_STDIN = 0
_UTF_8 = "utf-8-sig"  # with or without a byte order mark
_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
# UTF-32 comes before UTF-16, whose byte order mark it starts with.
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True, slots=True)
class ByteStream:
    """An input that is being read.

    Attributes:
        file: The decompressed bytes.
        encoding: Their encoding, in which lines end with a line feed byte.
        original_encoding: The encoding of the input, for messages.
        has_byte_order_mark: Whether a byte order mark indicates the encoding.
        bytes_read: Returns the number of bytes read from the (compressed) file.
    """

    file: BinaryIO
    encoding: str
    original_encoding: str
    has_byte_order_mark: bool
    bytes_read: Callable[[], int]


@contextmanager
def open_bytes(source: Source, encoding: str | None) -> Iterator[ByteStream]:
    """Open an input.

    Args:
        source: The input.
        encoding: Its encoding. None means UTF-8, unless a byte order mark indicates another one.

    Raises:
        OSError: The file cannot be read. While reading: the compressed data is damaged.
    """
    # Standard input is opened anew: the lock of sys.stdin could block the end of the process
    # while a background thread waits for data.
    raw = _CountingFile(_STDIN if source.path is None else os.fspath(source.path))
    with raw, _decompressed(io.BufferedReader(raw, _BUFFER_SIZE)) as file:
        detected = _detect_encoding(file.peek(4))
        original = encoding or detected or "utf-8"
        has_mark = detected is not None
        if (plain := _with_plain_line_ends(original)) is not None:
            yield ByteStream(file, plain, original, has_mark, lambda: raw.count)
            return
        with io.BufferedReader(_Transcoder(file, original), _BUFFER_SIZE) as transcoded:
            yield ByteStream(transcoded, _UTF_8, original, has_mark, lambda: raw.count)


def _detect_encoding(start: bytes) -> str | None:
    return next((name for mark, name in _BYTE_ORDER_MARKS.items() if start.startswith(mark)), None)


def _with_plain_line_ends(encoding: str) -> str | None:
    """Return the encoding to decode lines with, or None if they do not end with a line feed."""
    if codecs.lookup(encoding).name in ("utf-8", _UTF_8):
        return _UTF_8
    return encoding if "\n".encode(encoding) == b"\n" else None


class _CountingFile(io.FileIO):
    """A file that counts the bytes read. `tell` does not work on pipes, and costs a system call."""

    def __init__(self, file: str | int) -> None:
        super().__init__(file, "rb", closefd=isinstance(file, str))
        self.count = 0

    def readinto(self, buffer: "WriteableBuffer") -> int:
        size = super().readinto(buffer) or 0
        self.count += size
        return size


def _decompressed(file: io.BufferedReader) -> io.BufferedReader:
    """Return the file, decompressed if its first bytes are those of a compressed file."""
    start = file.peek(4)
    for magic, codec in _COMPRESSIONS.items():
        if start.startswith(magic):
            stream = pa.CompressedInputStream(pa.PythonFile(file, "r"), codec)
            return io.BufferedReader(stream, _BUFFER_SIZE)
    return file


class _Transcoder(io.RawIOBase):
    """Converts a stream to UTF-8.

    Data that cannot be decoded becomes a lone surrogate, which is not valid UTF-8, so that only
    the row that contains it is rejected.
    """

    def __init__(self, file: io.BufferedReader, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)(_MARK_INVALID)
        self._converted = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer).cast("B")
        while not self._converted:
            data = self._file.read1(_BUFFER_SIZE)
            try:
                text = self._decoder.decode(data, final=not data)
            except UnicodeError as error:  # such as UTF-16 without a byte order mark
                raise OSError(f"{error}; set --encoding") from None
            self._converted = memoryview(text.encode("utf-8", "surrogatepass"))
            if not data and not text:
                return 0
        size = min(len(target), len(self._converted))
        target[:size] = self._converted[:size]
        self._converted = self._converted[size:]
        return size


_MARK_INVALID = "ionos_model_hub.mark_invalid"


def _mark_invalid(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(_MARK_INVALID, _mark_invalid)
