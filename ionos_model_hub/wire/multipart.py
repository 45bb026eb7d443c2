"""Encode a form as `multipart/form-data` (RFC 7578)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True, slots=True)
class FormPart:
    """A field of a form.

    Attributes:
        name: Name of the field.
        content: Its value; text is encoded as UTF-8.
        filename: Name of an uploaded file; None if the field is not a file.
        content_type: MIME type of the file.

    Example:
        >>> FormPart("prompt", "Ein See").content
        'Ein See'
    """

    name: str
    content: str | bytes
    filename: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class EncodedForm:
    """The body of a request, which can be sent any number of times, and its content type."""

    body: bytes
    content_type: str


def encode_form(parts: Sequence[FormPart]) -> EncodedForm:
    r"""Return the body and the content type of a form.

    The boundary is the first of a fixed sequence that occurs in no part, so that equal forms have
    equal bodies.

    Example:
        >>> encode_form([FormPart("n", "1")]).body.partition(b"\r\n\r\n")[2]
        b'1\r\n--form-0--\r\n'
    """
    encoded = [(_head(part), _as_bytes(part.content)) for part in parts]
    pieces = [piece for part in encoded for piece in part]
    candidates = (f"form-{number}" for number in count())
    boundary = next(each for each in candidates if not any(each.encode() in p for p in pieces))
    delimiter = f"--{boundary}".encode()
    lines = [b"".join((delimiter, b"\r\n", head, content)) for head, content in encoded]
    body = b"\r\n".join([*lines, delimiter + b"--\r\n"])
    return EncodedForm(body, f"multipart/form-data; boundary={boundary}")


def _head(part: FormPart) -> bytes:
    head = f'Content-Disposition: form-data; name="{part.name.translate(_ESCAPES)}"'
    if part.filename is not None:
        head += f'; filename="{part.filename.translate(_ESCAPES)}"'
    if part.content_type is not None:
        head += f"\r\nContent-Type: {part.content_type}"
    return f"{head}\r\n\r\n".encode()


def _as_bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
