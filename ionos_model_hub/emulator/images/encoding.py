"""Decode and encode image files: PNG without a library, other formats with Pillow."""

from io import BytesIO

from ionos_model_hub.emulator.errors import ApiError, bad_request
from ionos_model_hub.emulator.images.png import read_png, write_png
from ionos_model_hub.emulator.images.raster import MAX_PIXELS, Raster

_PILLOW_HINT = "install Pillow in the environment of the emulator (pip install pillow)"


def decode_image(data: bytes, field: str) -> Raster:
    """Return the pixels of an image file.

    Args:
        data: The file.
        field: Name of the form field, for errors.

    Raises:
        ApiError: A 400: the file is not an image, or Pillow is needed and not installed.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        return _decode_png(data, field)
    try:
        with Image.open(BytesIO(data)) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValueError("the image is too large")
            has_alpha = opened.has_transparency_data
            image = opened.convert("RGBA")
    except UnidentifiedImageError:  # its text contains a memory address
        raise _not_an_image(field, "cannot identify image file") from None
    except (OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError) as error:
        raise _not_an_image(field, error) from None
    alpha = _lines(image.getchannel("A").tobytes(), image.width) if has_alpha else None
    return Raster(image.width, _lines(image.convert("RGB").tobytes(), 3 * image.width), alpha)


def encode_image(image: Raster, encoding: str) -> bytes:
    """Return an image as a file.

    Args:
        image: The image.
        encoding: `png`, `jpeg` or `webp`.

    Raises:
        ApiError: A 400: Pillow is needed and not installed.
    """
    if encoding == "png":
        return write_png(image)
    try:
        from PIL import Image
    except ImportError:
        message = f"To return {encoding}, {_PILLOW_HINT}"
        raise bad_request(message, "output_format") from None
    size = image.width, image.height
    file = BytesIO()
    Image.frombytes("RGB", size, b"".join(image.rows)).save(file, encoding)
    return file.getvalue()


def _decode_png(data: bytes, field: str) -> Raster:
    try:
        return read_png(data)
    except ValueError as error:
        raise _not_an_image(field, f"{error}. For other formats, {_PILLOW_HINT}") from None


def _not_an_image(field: str, reason: object) -> ApiError:
    return bad_request(f"'{field}' cannot be decoded: {reason}", field)


def _lines(data: bytes, length: int) -> list[bytes]:
    return [data[at : at + length] for at in range(0, len(data), length)]
