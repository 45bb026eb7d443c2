"""Text of scanned documents, read page by page with an OCR model.

Documents are PDF, TIFF, PNG and JPEG. The results are pages in Markdown; a page that cannot be read
does not affect the others.

Example:
    >>> from ionos_model_hub.ocr import OCR, Source
    >>> from ionos_model_hub.emulator import Emulator, render_page
    >>> page = Source("note.png", render_page("Buy milk."))
    >>> with Emulator() as hub, OCR(api_key="any", base_url=hub.base_url) as ocr:
    ...     [page.text for page in ocr.read(page)]
    ['Buy milk.']
"""

from typing import TYPE_CHECKING

from ionos_model_hub.lazy import lazy_getattr
from ionos_model_hub.ocr.pages import FailedPage, Page
from ionos_model_hub.ocr.sources import Source

if TYPE_CHECKING:
    from ionos_model_hub.ocr.reader import OCR

_MODULES = {"OCR": "reader"}

__all__ = ["OCR", "FailedPage", "Page", "Source"]

__getattr__ = lazy_getattr(__name__, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
