"""Forms are parsed as their encoders wrote them."""

from base64 import b64encode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.forms import parse_form
from ionos_model_hub.wire.multipart import FormPart, encode_form

TYPE = "multipart/form-data; boundary=b"
names = st.text("abc[]_", min_size=1)
texts = st.text(st.characters(exclude_categories=["Cs"]))


def as_data_url(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{b64encode(data).decode()}"


@given(fields=st.dictionaries(names, texts), files=st.dictionaries(names, st.binary()))
def test_forms_of_our_encoder(fields: dict[str, str], files: dict[str, bytes]) -> None:
    parts = [FormPart(name, value) for name, value in fields.items()]
    parts += [FormPart(f"f-{n}", data, "a.png", "image/png") for n, data in files.items()]
    form = encode_form(parts)
    urls = {f"f-{name}": as_data_url(data) for name, data in files.items()}
    expected = fields | urls
    assert (parse_form(form.body, form.content_type) or {}) == expected


@given(fields=st.dictionaries(names, texts, min_size=1), data=st.binary())
def test_forms_of_httpx(fields: dict[str, str], data: bytes) -> None:
    files = {"file": ("ü.png", data, "image/png")}
    request = httpx.Request("POST", "http://x", data=fields, files=files)
    parsed = parse_form(request.read(), request.headers["content-type"])
    assert parsed == {**fields, "file": as_data_url(data)}


def test_repeated_names_give_a_list() -> None:
    form = encode_form([FormPart("a", "1"), FormPart("a", "2"), FormPart("b", "3")])
    assert parse_form(form.body, form.content_type) == {"a": ["1", "2"], "b": "3"}


def test_file_without_a_type_and_a_quoted_boundary() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nhi\r\n--b--\r\n'
    parsed = parse_form(body, 'multipart/form-data; boundary="b"')
    assert parsed == {"f": as_data_url(b"hi", "text/plain")}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--b--\r\n", "application/json"),
        (b"--b--\r\n", "multipart/form-data"),
        (b"--b--\r\n", ""),
        (b"", TYPE),
        (b'{"model": "a"}', TYPE),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue', TYPE),
        (b"--b\r\nContent-Type: text/plain\r\n\r\nvalue\r\n--b--\r\n", TYPE),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n--b--\r\n', TYPE),
    ],
)
def test_other_bodies_give_none(body: bytes, content_type: str) -> None:
    assert parse_form(body, content_type) is None


@given(st.binary(), st.text())
def test_any_bytes_are_parsed_or_none(body: bytes, content_type: str) -> None:
    parse_form(body, TYPE)
    parse_form(b"--b\r\n" + body + b"\r\n--b--\r\n", TYPE)
    parse_form(body, content_type)
