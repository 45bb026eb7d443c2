"""Compressed or not, bytes come out the same in any pieces, bounded, or as a ResponseError."""

import gzip
import zlib

from fuzz.pieces import cuttings
from fuzz.replies import Reply

from ionos_model_hub.client import run
from ionos_model_hub.errors import ResponseError
from ionos_model_hub.transport.http.decompression import FREE_BYTES, MAX_PIECE, MAX_RATIO, unpacked

CODINGS = ("gzip", "deflate")


def check(data: bytes) -> None:
    """Take the bytes for compressed ones, and compress them, with a fault where told to."""
    for coding, body in (("gzip", data), ("deflate", data), *packed(data)):
        outcomes = [outcome(coding, pieces) for pieces in cuttings(body)]
        assert all(other == outcomes[0] for other in outcomes[1:])
    for coding, body in packed(data):
        assert outcome(coding, [body]) == (data, False)


def packed(data: bytes) -> list[tuple[str, bytes]]:
    half = len(data) // 2
    members = gzip.compress(data[:half], 1, mtime=0) + gzip.compress(data[half:], 1, mtime=0)
    return [("gzip", members), ("deflate", zlib.compress(data))]


def outcome(coding: str, pieces: list[bytes]) -> tuple[bytes, bool]:
    """Return what comes out if all does, and whether it ended in an error."""
    reply = unpacked(Reply(pieces, {"content-encoding": coding}))
    whole: list[bytes] = []
    try:
        while (piece := run(reply.read())) is not None:
            assert len(piece) <= MAX_PIECE
            whole.append(piece)
    except ResponseError:
        return b"", True
    size = sum(map(len, whole))
    assert size <= max(FREE_BYTES, MAX_RATIO * sum(map(len, pieces)))
    return b"".join(whole), False
