"""Decompression of response bodies in parts of bounded size.

A body of 100 KiB may expand to 100 MiB. Size limits apply to decompressed bytes, so the bytes are
produced in small parts and a reader that enforces a limit can stop in time.
"""

import zlib
from collections.abc import Iterator, Mapping

from ionos_model_hub.transport.http.errors import ConvertError, DecompressionError, unchanged
from ionos_model_hub.transport.http.messages import IncomingResponse

MAX_PART_BYTES = 64 * 1024
MAX_RATIO = 100
"""Largest ratio of decompressed to compressed bytes; JSON and text stay below 20."""
UNCHECKED_BYTES = 1024 * 1024
"""The ratio is checked for bodies that expand to more than this."""

_CODINGS = ("gzip", "x-gzip", "deflate")
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def decompressed(
    response: IncomingResponse, convert_error: ConvertError = unchanged
) -> IncomingResponse:
    """Return a response whose `read` returns the decompressed body.

    Args:
        response: A response in gzip, deflate or no content coding.
        convert_error: Returns the exception to raise instead of a DecompressionError, which means
            that the body is corrupt, expands too much, or has another coding.
    """
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in ("", "identity"):
        return response
    return _DecompressedResponse(response, coding, convert_error)


class _DecompressedResponse:
    """Decompresses the body of another response."""

    def __init__(
        self, response: IncomingResponse, coding: str, convert_error: ConvertError
    ) -> None:
        self._response = response
        self._coding = coding
        self._convert_error = convert_error
        self._decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._parts: Iterator[bytes] = iter(())
        self._bytes_in = self._bytes_out = 0

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def read(self) -> bytes | None:
        if self._coding not in _CODINGS:
            raise self._error(f"has the unsupported content coding {self._coding!r}")
        part = self._next_part()
        if part is None and (compressed := await self._response.read()) is not None:
            self._bytes_in += len(compressed)
            self._parts = self._decompress(compressed)
            part = self._next_part()
        if part is None and not self._decompressor.eof:
            raise self._error("ends before the end of its compressed data")
        self._bytes_out += len(part or b"")
        if self._bytes_out > max(UNCHECKED_BYTES, MAX_RATIO * self._bytes_in):
            raise self._error(f"expands to more than {MAX_RATIO} times its compressed size")
        return part

    async def close(self) -> None:
        await self._response.close()

    def _next_part(self) -> bytes | None:
        try:
            return next(self._parts, None)
        except zlib.error:
            pass
        raise self._error("cannot be decompressed")

    def _decompress(self, compressed: bytes) -> Iterator[bytes]:
        """Yield at least one part, possibly b""."""
        has_more = True
        while compressed or has_more:
            if compressed and self._decompressor.eof:  # Another gzip member follows.
                self._decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
            part = self._decompressor.decompress(compressed, MAX_PART_BYTES)
            yield part
            compressed = self._decompressor.unconsumed_tail or self._decompressor.unused_data
            has_more = len(part) == MAX_PART_BYTES and not self._decompressor.eof

    def _error(self, reason: str) -> Exception:
        return self._convert_error(DecompressionError(f"the response {reason}"))
