"""The memory does not depend on the number of pages."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ionos_model_hub.emulator import Emulator, render_document
from ionos_model_hub.ocr import Source, requests

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


def test_images_held_are_limited_by_the_concurrency(
    read: ReadPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Held(dict[str, Any]):
        """A message with an image that counts how many exist at once."""

        count = peak = 0

        def __init__(self, message: dict[str, Any]) -> None:
            super().__init__(message)
            Held.count += 1
            Held.peak = max(Held.peak, Held.count)

        def __del__(self) -> None:
            Held.count -= 1

    original: Any = requests._message
    monkeypatch.setattr(requests, "_message", lambda image: Held(original(image)))
    pages = read(Source("scan", render_document(numbered(20), "TIFF")), concurrency=3)
    assert len(pages) == 20
    assert 1 <= Held.peak <= 3
    assert Held.count == 0


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
