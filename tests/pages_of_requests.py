"""The texts of the pages in OCR requests, for scripted replies and comparisons."""

from collections.abc import Callable

from ionos_model_hub.emulator import Emulator, RecordedRequest
from ionos_model_hub.emulator.ocr.transcription import transcribe


def page_text(request: RecordedRequest) -> str:
    """Return the text of the rendered page in a request."""
    [part] = request.json["messages"][0]["content"]
    return transcribe([part["image_url"]["url"]])


def has_text(text: str) -> Callable[[RecordedRequest], bool]:
    """Return a condition of replies for a page with this text."""
    return lambda request: page_text(request) == text


def requested_pages(emulator: Emulator) -> list[str]:
    """Return the texts of the pages that were sent to the emulator, in order."""
    return [
        page_text(request)
        for request in emulator.requests
        if request.path == "/v1/chat/completions"
    ]
