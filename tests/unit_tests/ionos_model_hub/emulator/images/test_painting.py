"""Edits depend on the pixels of the image, the prompt and the mask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.images.painting import edit_raster, paint_gradient
from ionos_model_hub.emulator.images.raster import Raster

GREY = Raster(2, [bytes([100] * 6), bytes([200] * 6)])
IDENTITY = "102030" + "0" * 58


def edit(
    image: Raster = GREY,
    mask: Raster | None = None,
    prompt: str = "",
    size: tuple[int, int] = (2, 2),
) -> Raster:
    return edit_raster(image, mask, prompt, IDENTITY, size)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 3), (64, 48)])
def test_gradient_has_the_size_and_begins_with_the_first_colour(width: int, height: int) -> None:
    image = paint_gradient(width, height, "ff8800001188")
    assert (image.width, image.height) == (width, height)
    assert {len(row) for row in image.rows} == {3 * width}
    assert image.rows[0][:3] == bytes.fromhex("ff8800")


def test_colour_of_the_prompt_tints_the_pixels() -> None:
    assert edit(prompt="Make the sky BLUE, not red").rows[0][:3] == bytes(
        [(100 + 30) // 2, (100 + 70) // 2, (100 + 220) // 2]
    )


def test_prompt_without_a_colour_has_a_tint_of_its_own() -> None:
    assert edit(prompt="make it better").rows[1][:3] == bytes(
        [(200 + 0x10) // 2, (200 + 0x20) // 2, (200 + 0x30) // 2]
    )


def test_opaque_masks_mark_by_white_pixels() -> None:
    mask = Raster(2, [b"\xff\xff\xff\x00\x00\x00", bytes(6)])
    edited = edit(mask=mask, prompt="black").rows
    assert edited == [bytes([50] * 3 + [100] * 3), bytes([200] * 6)]


def test_transparent_masks_mark_by_transparent_pixels() -> None:
    mask = Raster(2, [bytes(6), bytes(6)], [b"\x00\xff", b"\xff\x00"])
    edited = edit(mask=mask, prompt="black").rows
    assert edited == [bytes([50] * 3 + [100] * 3), bytes([200] * 3 + [100] * 3)]


def test_mask_of_another_size_is_scaled() -> None:
    mask = Raster(1, [b"\xff" * 3, bytes(3)])
    assert edit(mask=mask, prompt="white", size=(4, 4)).rows == [
        *[bytes([177] * 12)] * 2,
        *[bytes([200] * 12)] * 2,
    ]


@given(
    width=st.integers(1, 8),
    height=st.integers(1, 8),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
def test_scaled_pixels_are_those_of_the_image(
    width: int, height: int, size: tuple[int, int]
) -> None:
    rows = [bytes(value for x in range(width) for value in (x, y, 9)) for y in range(height)]
    scaled = Raster(width, rows, [row[::3] for row in rows]).scaled(*size)
    assert (scaled.width, scaled.height) == size
    assert scaled.alpha is not None
    for y, row in enumerate(scaled.rows):
        for x in range(scaled.width):
            expected = x * width // size[0], y * height // size[1], 9
            assert tuple(row[3 * x : 3 * x + 3]) == expected
            assert scaled.alpha[y][x] == expected[0]
