"""Parse `multipart/form-data` (RFC 7578)."""

from base64 import b64encode
from email.message import Message
from email.parser import BytesHeaderParser

from ionos_model_hub.emulator.json_type import Json


def parse_form(content: bytes, content_type: str) -> Json | None:
    """Return the fields of a form; the files are data URLs.

    Args:
        content: The body.
        content_type: Value of the header, which contains the boundary.

    Returns:
        A value for each name, a list of values if it occurs several times, or None if the body is
        not a form.
    """
    if (boundary := _boundary(content_type)) is None:
        return None
    sections = (b"\r\n" + content).split(b"\r\n--" + boundary)
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        return None
    fields: dict[str, list[str]] = {}
    for section in sections[1:-1]:
        head, separator, value = section.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = BytesHeaderParser().parsebytes(head + b"\r\n\r\n")
        name = headers.get_param("name", header="content-disposition")
        if not separator or not isinstance(name, str):
            return None
        fields.setdefault(name, []).append(_value(headers, value))
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}


def _boundary(content_type: str) -> bytes | None:
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    is_form = header.get_content_type() == "multipart/form-data"
    return boundary.encode("latin-1", "replace") if is_form and boundary else None


def _value(headers: Message, value: bytes) -> str:
    if headers.get_filename() is None:
        return value.decode("utf-8", "replace")
    return f"data:{headers.get_content_type()};base64,{b64encode(value).decode()}"
