"""Documents are read page by page, in order."""

from pathlib import Path

import pytest
from pages_of_requests import has_text

from ionos_model_hub.emulator import Emulator, Reply, render_document, render_page
from ionos_model_hub.ocr import OCR, Page, Source

from .conftest import ReadPages, numbered

MODEL = "lightonai/LightOnOCR-2-1B"


@pytest.mark.parametrize("format_", ["PDF", "TIFF"])
def test_pages_are_in_order(format_: str, read: ReadPages, tmp_path: Path) -> None:
    path = tmp_path / "contract"
    path.write_bytes(render_document(numbered(5), format_))
    assert read(path) == [
        Page(str(path), number, 5, text, MODEL) for number, text in enumerate(numbered(5), 1)
    ]


def test_folder_with_several_documents(read: ReadPages, tmp_path: Path) -> None:
    (tmp_path / "b.pdf").write_bytes(render_document(["b1", "b2"]))
    (tmp_path / "a.png").write_bytes(render_page("a1"))
    assert [page.text for page in read(tmp_path)] == ["a1", "b1", "b2"]


def test_request_has_one_image_and_documented_fields(
    read: ReadPages, ionos_emulator: Emulator
) -> None:
    read(Source("note", render_page("Hello")))
    [request] = ionos_emulator.requests
    [message] = request.json.pop("messages")
    assert request.json == {"model": MODEL, "max_tokens": 4096, "temperature": 0.2}
    assert [part["type"] for part in message["content"]] == ["image_url"]


def test_optional_fields_can_be_omitted(read: ReadPages, ionos_emulator: Emulator) -> None:
    read(Source("note", render_page("Hello")), max_tokens=None, temperature=None)
    assert ionos_emulator.requests[0].json.keys() == {"model", "messages"}


def test_blank_pages_have_no_text(read: ReadPages) -> None:
    assert read(Source("note", render_page("")))[0].text == ""


def test_truncated_pages_are_marked(
    read: ReadPages, ionos_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    ionos_emulator.script(Reply(text="# Tit", finish_reason="length"))
    [page] = read(Source("note", render_page("Hello")))
    assert (page.text, page.is_truncated) == ("# Tit", True)
    assert "the text reached max_tokens and is incomplete" in caplog.text


def test_pages_are_read_concurrently(read: ReadPages, ionos_emulator: Emulator) -> None:
    """The first page has no response until the fourth one was requested."""
    texts = numbered(8)

    def fourth_was_requested(_: object) -> bool:
        return any(map(has_text(texts[3]), ionos_emulator.requests))

    while_waiting = Reply(
        error="overloaded",
        retry_after=0,
        times=None,
        when=lambda request: has_text(texts[0])(request) and not fourth_was_requested(request),
    )
    ionos_emulator.script(while_waiting)
    pages = read(Source("scan", render_document(texts, "TIFF")), concurrency=4, max_retries=100)
    assert [page.text for page in pages] == texts


def test_rate_limit_is_kept() -> None:
    with Emulator(requests_per_second=40, burst=10) as hub:
        document = Source("scan", render_document(numbered(15), "TIFF"))
        options = {"base_url": hub.base_url, "requests_per_second": 20, "burst": 5}
        with OCR(api_key="any", **options) as ocr:
            assert len(list(ocr.read(document))) == 15
        assert len(hub.requests) == 15


def test_closing_the_iterator_ends_the_requests(ionos_emulator: Emulator) -> None:
    document = Source("scan", render_document(numbered(20), "TIFF"))
    with OCR(api_key="any", base_url=ionos_emulator.base_url, concurrency=2) as ocr:
        pages = ocr.read(document)
        next(pages)
        pages.close()
    assert len(ionos_emulator.requests) <= 6


def test_used_text_layers_need_no_request(read: ReadPages, ionos_emulator: Emulator) -> None:
    from unit_tests.ionos_model_hub.ocr.conftest import text_pdf

    line = "This page was written, not scanned."
    [page] = read(Source("letter", text_pdf(line)), use_text_layer=True)
    assert page == Page("letter", 1, 1, line)
    assert not ionos_emulator.requests
