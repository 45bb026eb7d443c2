"""Image formats: MIME types by the first bytes of a file, and data URLs."""

from base64 import b64encode
from hashlib import sha256

REMOTE_SCHEMES = ("http://", "https://")
"""Starts of the URLs that the server downloads."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),  # BigTIFF
    (b"MM\x00+", "image/tiff"),
)


def image_type(data: bytes) -> str | None:
    r"""Return the MIME type of an image file by its first bytes, or None if it is unknown.

    Example:
        >>> image_type(b"\xff\xd8\xff\xe0"), image_type(b"%PDF-1.7")
        ('image/jpeg', None)
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)


def to_data_url(data: bytes, mime_type: str) -> str:
    """Return a URL that contains a file.

    Example:
        >>> to_data_url(b"GIF8", "image/gif")
        'data:image/gif;base64,R0lGOA=='
    """
    return f"data:{mime_type};base64,{b64encode(data).decode()}"


def image_filename(data: bytes) -> str:
    r"""Return a name for an image file, which depends on its contents.

    Example:
        >>> image_filename(b"\xff\xd8\xff\xe0")
        'image-ba4f25bf16ba.jpg'
    """
    kind = (image_type(data) or "image/img").removeprefix("image/")
    return f"image-{sha256(data).hexdigest()[:12]}.{'jpg' if kind == 'jpeg' else kind}"
