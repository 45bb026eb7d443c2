"""Documents are opened one after the other, and closed when their pages were loaded."""

from contextlib import suppress
from pathlib import Path

import pytest

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.ocr.documents import Document, PageTask, PageTasks
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.ocr.page_image import PageImage
from ionos_model_hub.ocr.pages import FailedPage
from ionos_model_hub.ocr.sources import Source

from .conftest import image_file, text_pdf

LIMITS = ImageLimits(max_side=100)
TIFF = image_file("TIFF", (20, 20), (20, 20), (20, 20))
LONG_TEXT = "The text layer of this page has enough text."


def opened(content: bytes, name: str = "scan") -> Document:
    return Document(Source(name, content), LIMITS)


def test_document_is_closed_after_the_expected_pages() -> None:
    document = opened(TIFF)
    document.expect(2)
    assert isinstance(document.load(0, False), PageImage)
    assert not document.is_closed
    document.load(2, False)
    assert document.is_closed
    document.close()


def test_document_without_expected_pages_is_closed() -> None:
    document = opened(TIFF)
    document.expect(0)
    assert document.is_closed


@pytest.mark.parametrize(
    ("text", "use_text_layer", "is_text"),
    [(LONG_TEXT, True, True), (LONG_TEXT, False, False), ("Page 3 of 17", True, False)],
)
def test_text_layers_are_used_on_request(text: str, use_text_layer: bool, is_text: bool) -> None:
    document = opened(text_pdf(text))
    document.expect(1)
    loaded = document.load(0, use_text_layer)
    assert loaded == text if is_text else isinstance(loaded, PageImage)


@pytest.mark.parametrize("format_", ["PDF", "TIFF", "PNG", "JPEG"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated_files_are_an_error_or_have_pages(format_: str, share: float) -> None:
    content = image_file(format_, (200, 200), mode="RGB")
    with suppress(InvalidRequestError):  # no other error is raised
        document = opened(content[: max(12, int(len(content) * share))])
        document.expect(1)
        assert isinstance(document.load(0, False), PageImage)


def test_missing_files_are_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Document(Source.at(tmp_path / "missing.pdf"), LIMITS)


def test_tasks_of_all_documents() -> None:
    sources = [Source("a", TIFF), Source("b", b"no image"), Source("c", TIFF)]
    tasks = PageTasks(sources, LIMITS)
    found = list(tasks)
    names = [
        (each.source, None)
        if isinstance(each, FailedPage)
        else (each.document.source.name, each.index)
        for each in found
    ]
    tasks.close()
    assert names == [("a", 0), ("a", 1), ("a", 2), ("b", None), ("c", 0), ("c", 1), ("c", 2)]
    assert all(each.document.is_closed for each in found if isinstance(each, PageTask))


def test_documents_are_opened_when_their_first_page_is_next() -> None:
    requested = []

    def sources() -> list[Source]:
        for name in "ab":
            requested.append(name)
            yield Source(name, TIFF)

    tasks = PageTasks(sources(), LIMITS)
    iterator = iter(tasks)
    assert requested == []
    for _ in range(3):
        next(iterator)
    assert requested == ["a"]
    next(iterator)
    assert requested == ["a", "b"]
    tasks.close()


def test_selected_pages() -> None:
    tasks = PageTasks([Source("a", TIFF)], LIMITS, lambda source, count: [count - 1])
    assert [each.index for each in tasks if isinstance(each, PageTask)] == [2]
    tasks.close()
