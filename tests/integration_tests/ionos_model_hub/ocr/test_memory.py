"""The memory does not depend on the number of pages."""

import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakSet

import pytest

from ionos_model_hub import ChatCompletion
from ionos_model_hub.emulator import Emulator, render_document
from ionos_model_hub.ocr import Page, Source, requests
from ionos_model_hub.ocr.documents import PageTask
from ionos_model_hub.ocr.page_image import PageImage
from ionos_model_hub.ocr.requests import PageRequests
from ionos_model_hub.types import ChatMessage

from .conftest import ReadPages, numbered

PAGES = 200
RENDERED_PAGE_MB = 5
"""A page of 1091 x 1540 pixels in three bytes each."""

PROGRAM = """
import resource, sys
from ionos_model_hub.ocr import OCR

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

with OCR(api_key="any", base_url=sys.argv[1], concurrency=4) as ocr:
    for page in ocr.read(sys.argv[2]):
        if page.number == 30:
            early = peak_mb()
print(page.number, early, peak_mb())
"""


class HeldImages:
    """Counts the pages whose image was made and whose response has not arrived."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = self.peak = 0
        self._lock = Lock()
        make_message, make_page = requests._message, requests.PageRequests.page

        def message(image: PageImage) -> ChatMessage:
            self._add(1)
            return make_message(image)

        def page(made: PageRequests, task: PageTask, response: ChatCompletion) -> Page:
            self._add(-1)
            return make_page(made, task, response)

        monkeypatch.setattr(requests, "_message", message)
        monkeypatch.setattr(requests.PageRequests, "page", page)

    def _add(self, number: int) -> None:
        with self._lock:
            self.count += number
            self.peak = max(self.peak, self.count)


def test_images_held_are_limited_by_the_concurrency(
    read: ReadPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldImages(monkeypatch)
    pages = read(Source("scan", render_document(numbered(20), "TIFF")), concurrency=3)
    assert len(pages) == 20
    assert 1 <= held.peak <= 3
    assert held.count == 0


def test_images_are_released(read: ReadPages, monkeypatch: pytest.MonkeyPatch) -> None:
    messages: WeakSet[Any] = WeakSet()
    all_made: list[None] = []

    class Message(dict[str, Any]):
        """A message that can be referred to weakly."""

        __hash__ = object.__hash__

    make_message: Any = requests._message

    def message(image: PageImage) -> Message:
        made = Message(make_message(image))
        messages.add(made)
        all_made.append(None)
        return made

    monkeypatch.setattr(requests, "_message", message)
    read(Source("scan", render_document(numbered(5), "TIFF")), concurrency=3)
    assert (len(all_made), len(messages)) == (5, 0)


@pytest.mark.slow
def test_memory_of_a_document_with_200_pages(ionos_emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(render_document(numbered(PAGES)))
    command = [sys.executable, "-c", PROGRAM, ionos_emulator.base_url, str(path)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    last, early, peak = map(float, output.split())
    assert last == PAGES
    # If the pages were kept, 170 more of them would need 850 MB.
    assert peak - early < 10 * RENDERED_PAGE_MB
