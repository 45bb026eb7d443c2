"""Forms are encoded so that any parser returns the same fields."""

from email import message_from_bytes
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.wire.multipart import EncodedForm, FormPart, encode_form

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
texts = st.text(st.characters(exclude_categories=["Cs"]))
contents = st.one_of(
    texts, st.binary(), st.sampled_from(["form-0", "--form-1", "\r\n--form-0--\r\n"])
)
parts = st.builds(
    FormPart,
    names,
    contents,
    st.none() | names,
    st.none() | st.sampled_from(["image/png", "text/plain"]),
)


def split(form: EncodedForm) -> list[tuple[bytes, bytes]]:
    """Return head and content of each part, as RFC 2046 defines them."""
    boundary = form.content_type.partition("boundary=")[2].encode()
    body, end, rest = (b"\r\n" + form.body).partition(b"\r\n--" + boundary + b"--\r\n")
    assert end
    assert rest == b""
    first, *sections = body.split(b"\r\n--" + boundary)
    assert first == b""
    split_parts = [section.removeprefix(b"\r\n").partition(b"\r\n\r\n") for section in sections]
    return [(head, content) for head, _, content in split_parts]


@given(st.lists(parts))
def test_parts_are_recovered(given_parts: list[FormPart]) -> None:
    form = encode_form(given_parts)
    recovered = split(form) if given_parts else []
    expected = [
        part.content.encode() if isinstance(part.content, str) else part.content
        for part in given_parts
    ]
    assert [content for _, content in recovered] == expected
    assert all(head.startswith(b"Content-Disposition: form-data; name=") for head, _ in recovered)
    assert all(b"\n" not in head.replace(b"\r\nContent-Type", b"") for head, _ in recovered)
    assert encode_form(given_parts) == form


def test_standard_library_reads_names_files_and_types() -> None:
    png = b"\x89PNG\r\n\x1a\n\x00--form-0"
    form = encode_form(
        [FormPart("prompt", "Ein See"), FormPart("image", png, "a b.png", "image/png")]
    )
    head = f"Content-Type: {form.content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + form.body)
    prompt, image = message.get_payload()
    assert isinstance(prompt, Message)
    assert isinstance(image, Message)
    assert prompt.get_param("name", header="content-disposition") == "prompt"
    assert prompt.get_payload(decode=True) == b"Ein See"
    assert prompt.get_filename() is None
    assert (image.get_filename(), image.get_content_type()) == ("a b.png", "image/png")
    assert image.get_payload(decode=True) == png


@pytest.mark.parametrize(
    ("name", "encoded"),
    [('a"b', b'name="a%22b"'), ("a\r\nb", b'name="a%0D%0Ab"'), ("größe", 'name="größe"'.encode())],
)
def test_names_are_escaped_as_browsers_do(name: str, encoded: bytes) -> None:
    ((head, _),) = split(encode_form([FormPart(name, "")]))
    assert head.endswith(encoded)


def test_boundary_does_not_occur_in_any_part() -> None:
    form = encode_form([FormPart("form-0", "x"), FormPart("a", b"--form-1--", "form-2")])
    assert form.content_type == "multipart/form-data; boundary=form-3"


def test_form_without_parts() -> None:
    assert encode_form([]).body == b"--form-0--\r\n"
