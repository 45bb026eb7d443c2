"""Describe images by their colours, their shape and the text of rendered pages, for reranking."""

from collections import Counter
from importlib.util import find_spec
from io import BytesIO
from math import sqrt

from ionos_model_hub.emulator.images.encoding import decode_image
from ionos_model_hub.emulator.images.painting import COLOURS
from ionos_model_hub.emulator.images.raster import Raster
from ionos_model_hub.emulator.responder.vision import image_data

MAX_PIXELS = 1_310_720
"""Larger images are scaled down (documentation of the hub, page "Reranking")."""

_TOKEN_SIDE = 32
_SAMPLES = 16
_MIN_SHARE = 0.15
_UNKNOWN_TOKENS = MAX_PIXELS // _TOKEN_SIDE**2


def describe_for_ranking(url: str, field: str) -> tuple[str, int]:
    """Return a text about an image, and its number of tokens; nothing is fetched.

    Args:
        url: An http(s) URL, whose words are the description, or a data URL.
        field: Name of the field, for errors.

    Raises:
        ApiError: The URL is not valid, or the data is not an image.
    """
    data = image_data(url)
    if data is None:
        return url, _UNKNOWN_TOKENS
    image = decode_image(data, field)
    return f"{_colours(image)} {_shape(image)} image {_page_text(data)}".strip(), _tokens(image)


def _tokens(image: Raster) -> int:
    """Return the number of tokens: one for each block of 32 x 32 pixels."""
    factor = min(1.0, sqrt(MAX_PIXELS / (image.width * image.height)))
    columns, rows = (int(side * factor) // _TOKEN_SIDE for side in (image.width, image.height))
    return max(columns, 1) * max(rows, 1)


def _colours(image: Raster) -> str:
    """Return the names of the most frequent colours."""
    small = image.scaled(_SAMPLES, _SAMPLES)
    pixels = (row[at : at + 3] for row in small.rows for at in range(0, len(row), 3))
    counts = Counter(_nearest_colour(pixel) for pixel in pixels)
    total = _SAMPLES * _SAMPLES
    return " ".join(name for name, count in counts.most_common() if count >= _MIN_SHARE * total)


def _nearest_colour(pixel: bytes) -> str:
    def distance(name: str) -> int:
        return sum((one - other) ** 2 for one, other in zip(pixel, COLOURS[name], strict=True))

    return min(COLOURS, key=distance)


def _shape(image: Raster) -> str:
    if image.width == image.height:
        return "square"
    return "wide" if image.width > image.height else "tall"


def _page_text(data: bytes) -> str:
    """Return the text of a page of `render_page`, or an empty one."""
    if find_spec("PIL") is None:
        return ""
    from PIL import Image

    from ionos_model_hub.emulator.ocr.page_code import read_code

    with Image.open(BytesIO(data)) as page:
        return read_code(page) or ""
