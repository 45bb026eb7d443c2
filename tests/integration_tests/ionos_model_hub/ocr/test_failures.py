"""Pages that fail do not affect others; errors that all pages would have end the reading."""

from collections.abc import Sequence
from functools import cache

import pytest
from pages_of_requests import has_text

from ionos_model_hub import (
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    ModelHubError,
    NotFoundError,
    ServerError,
)
from ionos_model_hub.emulator import Emulator, Reply, render_document
from ionos_model_hub.emulator.ocr import engine
from ionos_model_hub.ocr import FailedPage, Source

from .conftest import ReadPages, numbered

BROKEN = Source("broken.pdf", b"%PDF-1.7 broken")


@cache
def document(count: int) -> Source:
    return Source("scan.tif", render_document(numbered(count), "TIFF"))


def numbers(failures: Sequence[FailedPage]) -> list[tuple[str, int | None]]:
    return [(failed.source, failed.number) for failed in failures]


def test_documents_that_cannot_be_opened_are_reported(read: ReadPages) -> None:
    failures: list[FailedPage] = []
    seen: list[object] = []
    pages = read(
        BROKEN, document(2), "missing.pdf", on_failed_page=failures.append, progress=seen.append
    )
    assert [page.text for page in pages] == numbered(2)
    assert numbers(failures) == [("broken.pdf", None), ("missing.pdf", None)]
    assert isinstance(failures[0].error, InvalidRequestError)
    assert isinstance(failures[1].error, FileNotFoundError)
    assert len(seen) == 4


@pytest.mark.parametrize("error", ["bad_request", "overloaded"])
def test_pages_that_the_hub_rejects_are_reported(
    error: str, read: ReadPages, ionos_emulator: Emulator
) -> None:
    texts = numbered(5)
    ionos_emulator.script(Reply(error=error, when=has_text(texts[2]), times=None))
    failures: list[FailedPage] = []
    pages = read(document(5), on_failed_page=failures.append, max_retries=0)
    assert [page.number for page in pages] == [1, 2, 4, 5]
    assert numbers(failures) == [("scan.tif", 3)]
    assert isinstance(failures[0].error, ModelHubError)


def test_failures_are_logged_by_default(
    read: ReadPages, ionos_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    ionos_emulator.script(Reply(error="bad_request", when=has_text(numbered(1)[0])))
    assert len(read(document(2))) == 1
    assert "Could not read scan.tif, page 1: The request is invalid" in caplog.text


def test_callback_can_end_the_reading(read: ReadPages) -> None:
    def stop(failed: FailedPage) -> None:
        raise failed.error

    with pytest.raises(InvalidRequestError, match="damaged or protected"):
        read(document(1), BROKEN, on_failed_page=stop)


def test_first_error_is_raised_if_no_page_can_be_read(
    read: ReadPages, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(error="bad_request", times=None))
    with pytest.raises(BadRequestError):
        read(document(3))
    with pytest.raises(FileNotFoundError):
        read("missing.pdf")


@pytest.mark.parametrize(
    ("error", "kind"), [("unauthorised", AuthenticationError), ("model_not_found", NotFoundError)]
)
def test_errors_of_all_pages_end_the_reading(
    error: str, kind: type[Exception], read: ReadPages, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(error=error, when=has_text(numbered(3)[2]), times=None))
    with pytest.raises(kind):
        read(document(20), concurrency=2)
    assert len(ionos_emulator.requests) <= 8


def test_outage_ends_the_reading(read: ReadPages, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(times=1), Reply(error="unavailable", times=None))
    with pytest.raises(ServerError) as raised:
        read(document(20), concurrency=2, max_retries=0)
    assert "The last 10 pages failed" in raised.value.__notes__[0]
    assert len(ionos_emulator.requests) < 16


def test_scans_need_an_engine_in_the_emulator(
    read: ReadPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    from unit_tests.ionos_model_hub.ocr.conftest import image_file

    monkeypatch.setattr(engine, "is_installed", lambda: False)
    with pytest.raises(BadRequestError, match=r"ionos-model-hub\[ocr-emulator\]"):
        read(Source("scan.png", image_file("PNG", (50, 50))))
