"""Compressed bodies result in the same bytes or error wherever they are split, in bounded parts."""

import gzip
import zlib

from fuzz.pieces import splits
from fuzz.replies import Reply

from ionos_model_hub.transport.http.decompression import (
    MAX_PART_BYTES,
    MAX_RATIO,
    UNCHECKED_BYTES,
    decompressed,
)
from ionos_model_hub.transport.http.errors import DecompressionError
from ionos_model_hub.transport.sync_io import run_blocking


def check(data: bytes) -> None:
    """Decompress the bytes themselves, and the bytes after compressing them."""
    for coding, body in (("gzip", data), ("deflate", data), *compress(data)):
        results = [decompress(coding, parts) for parts in splits(body)]
        assert all(other == results[0] for other in results[1:])
    for coding, body in compress(data):
        assert decompress(coding, [body]) == (data, False)


def compress(data: bytes) -> list[tuple[str, bytes]]:
    """Return the bytes in each content coding; gzip in two members."""
    half = len(data) // 2
    members = gzip.compress(data[:half], 1, mtime=0) + gzip.compress(data[half:], 1, mtime=0)
    return [("gzip", members), ("deflate", zlib.compress(data))]


def decompress(coding: str, parts: list[bytes]) -> tuple[bytes, bool]:
    """Return the decompressed body, and whether it failed; b"" in that case."""
    response = decompressed(Reply(parts, {"content-encoding": coding}))
    body: list[bytes] = []
    try:
        while (part := run_blocking(response.read())) is not None:
            assert len(part) <= MAX_PART_BYTES
            body.append(part)
    except DecompressionError:
        return b"", True
    assert sum(map(len, body)) <= max(UNCHECKED_BYTES, MAX_RATIO * sum(map(len, parts)))
    return b"".join(body), False
