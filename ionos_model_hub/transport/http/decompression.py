"""Bodies that are sent compressed, unpacked in pieces of bounded size.

A body of 100 KiB may unpack to 100 MiB. Limits count what is unpacked, so it comes out in small
pieces, and whoever counts can stop in time.
"""

import zlib
from collections.abc import Iterator, Mapping

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.transport.interfaces import Reply

MAX_PIECE = 64 * 1024
MAX_RATIO = 100
"""What one byte may unpack to; JSON and text stay below 20."""
FREE_BYTES = 1024 * 1024
"""From here on the ratio counts."""

_CODINGS = ("gzip", "x-gzip", "deflate")
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def unpacked(reply: Reply) -> Reply:
    """Return a reply whose body is read without its content coding, gzip or deflate.

    Its `read` raises ResponseError where the body is broken or has another coding.
    """
    coding = reply.headers.get("content-encoding", "").strip().lower()
    return reply if coding in ("", "identity") else _Unpacked(reply, coding)


class _Unpacked:
    """A reply that unpacks another's body."""

    def __init__(self, reply: Reply, coding: str) -> None:
        self._reply = reply
        self._coding = coding
        self._unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._pieces: Iterator[bytes] = iter(())
        self._bytes_in = self._bytes_out = 0

    @property
    def status(self) -> int:
        return self._reply.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._reply.headers

    async def read(self) -> bytes | None:
        if self._coding not in _CODINGS:
            raise ResponseError(f"The answer comes as {self._coding!r}, which nobody asked for.")
        piece = self._next_piece()
        if piece is None and (packed := await self._reply.read()) is not None:
            self._bytes_in += len(packed)
            self._pieces = self._feed(packed)
            piece = self._next_piece()
        if piece is None and not self._unpack.eof:
            raise ResponseError("The answer ends before its compressed data do.")
        self._bytes_out += len(piece or b"")
        if self._bytes_out > max(FREE_BYTES, MAX_RATIO * self._bytes_in):
            raise ResponseError("The answer unpacks to far more than any answer of the hub.")
        return piece

    async def close(self) -> None:
        await self._reply.close()

    def _next_piece(self) -> bytes | None:
        try:
            return next(self._pieces, None)
        except zlib.error:
            pass
        raise ResponseError("The answer cannot be decompressed.")

    def _feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what comes out of some bytes, at least once."""
        has_more = True
        while packed or has_more:
            if packed and self._unpack.eof:  # Another member follows.
                self._unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
            piece = self._unpack.decompress(packed, MAX_PIECE)
            yield piece
            packed = self._unpack.unconsumed_tail or self._unpack.unused_data
            has_more = len(piece) == MAX_PIECE and not self._unpack.eof
