"""PNG files are read and written without a library, as Pillow does."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ionos_model_hub.emulator.images.png import read_png, write_png
from ionos_model_hub.emulator.images.raster import Raster

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(lines: bytes, width: int, height: int, depth: int, colours: int, **more: bytes) -> bytes:
    """Return a PNG file of filtered lines; `more` are further chunks."""
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    extra = b"".join(chunk(name.encode(), data) for name, data in more.items())
    return SIGNATURE + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(lines))


def with_pillow(data: bytes) -> tuple[bytes, bytes]:
    """Return the colours and the opacity of an image as Pillow reads them."""
    image = Image.open(BytesIO(data)).convert("RGBA")
    return image.convert("RGB").tobytes(), image.getchannel("A").tobytes()


def check_as_pillow(data: bytes) -> None:
    raster = read_png(data)
    colours, opacity = with_pillow(data)
    assert b"".join(raster.rows) == colours
    assert b"".join(raster.alpha or []) == (opacity if raster.alpha else b"")
    assert raster.alpha or set(opacity) == {255}


@st.composite
def filtered_lines(draw: st.DrawFn) -> bytes:
    """Draw a PNG file with any filters, of a random size and colour type."""
    depth, colours, channels = draw(
        st.sampled_from([(8, 0, 1), (8, 2, 3), (8, 4, 2), (8, 6, 4), (4, 0, 1), (2, 0, 1)])
    )
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 4))
    length = (width * channels * depth + 7) // 8
    lines = [
        bytes([draw(st.integers(0, 4))]) + draw(st.binary(min_size=length, max_size=length))
        for _ in range(height)
    ]
    return png(b"".join(lines), width, height, depth, colours)


@given(filtered_lines())
def test_all_filters_are_undone(data: bytes) -> None:
    check_as_pillow(data)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_files_of_pillow(mode: str) -> None:
    noise = Image.effect_noise((37, 21), 80).convert("RGBA")
    noise.putalpha(Image.linear_gradient("L").resize(noise.size))
    file = BytesIO()
    noise.convert(mode).save(file, "PNG")
    check_as_pillow(file.getvalue())


def test_palette_with_opacity() -> None:
    data = png(b"\x00\x1b", 4, 1, 2, 3, PLTE=bytes(range(9)), tRNS=b"\x00\x80")
    raster = read_png(data)
    assert raster.rows == [bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0])]
    assert raster.alpha == [b"\x00\x80\xff\xff"]


def test_samples_of_16_bits_are_shortened() -> None:
    assert read_png(png(b"\x00\x12\x34", 1, 1, 16, 0)).rows == [b"\x12\x12\x12"]


@given(width=st.integers(1, 20), data=st.binary(min_size=60, max_size=600))
def test_written_files_are_read(width: int, data: bytes) -> None:
    rows = [data[at : at + 3 * width] for at in range(0, len(data) - 3 * width + 1, 3 * width)]
    image = Raster(width, rows or [bytes(3 * width)])
    file = write_png(image)
    assert read_png(file) == image
    check_as_pillow(file)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        SIGNATURE,
        SIGNATURE + chunk(b"IHDR", b"short"),
        png(b"\x00\x00", 1, 1, 8, 0)[:-20],
        png(b"\x00", 1, 1, 8, 0),
        png(b"\x09\x00", 1, 1, 8, 0),
        png(b"\x00\x00", 0, 1, 8, 0),
        png(b"\x00\x00", 1, 1, 8, 1),
        png(b"\x00\x00", 1, 1, 5, 0),
        png(b"\x00\x00", 2**31, 2**31, 8, 0),
        SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 1)),
    ],
)
def test_damaged_files_are_errors(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"PNG|image"):
        read_png(data)


@given(st.binary())
def test_any_bytes_are_read_or_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"PNG|image"):
        read_png(SIGNATURE + data)
