"""The response of the OCR model to an image."""

from collections.abc import Sequence
from importlib.util import find_spec
from io import BytesIO

from ionos_model_hub.catalogue import DEFAULT_OCR_MODEL
from ionos_model_hub.emulator.errors import bad_request
from ionos_model_hub.emulator.responder.vision import image_data

_NO_ENGINE = (
    "The emulator reads only pages of render_page() and render_document() without an OCR engine. "
    "Install one with pip install 'ionos-model-hub[ocr-emulator]'"
)


def transcribe(urls: Sequence[str]) -> str:
    """Return the text of images as Markdown. Other parts of the prompt have no effect.

    Pages of `render_page` are read from their code, others with the OCR engine.

    Raises:
        ApiError: There is no image, it cannot be read, or no engine is installed.
    """
    if not urls:
        raise bad_request(f"{DEFAULT_OCR_MODEL} requires an image", "messages")
    return "\n\n".join(_read(image_data(url)) for url in urls)


def _read(data: bytes | None) -> str:
    if data is None:
        raise bad_request("The emulator fetches no URLs; pass the image as a data URL", "messages")
    if find_spec("PIL") is None:
        raise bad_request(_NO_ENGINE, "messages")
    from PIL import Image

    from ionos_model_hub.emulator.ocr.engine import is_installed, read_text
    from ionos_model_hub.emulator.ocr.page_code import read_code

    try:
        page = Image.open(BytesIO(data))
        page.load()
    except (OSError, SyntaxError, ValueError):
        raise bad_request("cannot identify image file", "messages") from None
    text = read_code(page)
    if text is not None:
        return text
    if not is_installed():
        raise bad_request(_NO_ENGINE, "messages")
    return read_text(page)
