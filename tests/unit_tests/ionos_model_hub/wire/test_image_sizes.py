"""Image sizes are checked against the catalogue."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ionos_model_hub.catalogue import ImageSizes
from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.image_sizes import check_image_size, parse_image_size

FLUX_1 = "black-forest-labs/FLUX.1-schnell"
FLUX_2 = "black-forest-labs/FLUX.2-klein-4B"
ONLY_SIZE = ", the only size of this model"
MULTIPLES = "; sides are multiples of 16 from 64 to 2048"


@pytest.mark.parametrize(
    "size",
    [
        "",
        "x",
        "1024",
        "1024x",
        "x1024",
        "1x2x3",
        "1x*2",
        "-1x5",
        "²x5",
        "1 x2",
        "1x2\n",
        "1234567x1",
    ],
)
def test_malformed_sizes(size: str) -> None:
    assert parse_image_size(size) is None
    check_image_size(FLUX_1, size)


@given(st.integers(0, 999_999), st.integers(0, 999_999), st.sampled_from("x*"))
@example(999_999, 999_999, "x")
def test_both_separators(width: int, height: int, separator: str) -> None:
    assert parse_image_size(f"{width}{separator}{height}") == (width, height)


@pytest.mark.parametrize(
    ("model", "size"),
    [
        (FLUX_1, "1024x1024"),
        (FLUX_1, "1024*1024"),
        (FLUX_2, "64x64"),
        (FLUX_2, "2048*2048"),
        (FLUX_2, "1792x1024"),
        ("some/other-model", "1x1"),
        ("BAAI/bge-m3", "1x1"),
    ],
)
def test_accepted_sizes(model: str, size: str) -> None:
    check_image_size(model, size)


@pytest.mark.parametrize(
    ("model", "size", "nearest", "rule"),
    [
        (FLUX_1, "512x512", "1024x1024", ONLY_SIZE),
        (FLUX_1, "1792*1024", "1024x1024", ONLY_SIZE),
        (FLUX_2, "100x100", "96x96", MULTIPLES),
        (FLUX_2, "48x4096", "64x2048", MULTIPLES),
        (FLUX_2, "0x1000", "64x1008", MULTIPLES),
    ],
)
def test_rejected_sizes_name_the_nearest_size(
    model: str, size: str, nearest: str, rule: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check_image_size(model, size)
    assert caught.value.param == "size"
    assert caught.value.message == f"{model} does not support the size {size}."
    assert caught.value.hint == f"Set size='{nearest}'{rule}."
    check_image_size(model, nearest)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_nearest_size_is_accepted(width: int, height: int) -> None:
    sizes = ImageSizes(64, 2048, 16)
    nearest = sizes.nearest(width, height)
    assert sizes.nearest(*nearest) == nearest
    assert all(64 <= side <= 2048 and side % 16 == 0 for side in nearest)
