"""Progress and failures are reported to the caller."""

import logging

import pytest

from ionos_model_hub.ocr.pages import FailedPage, Page
from ionos_model_hub.ocr.report import PageReport

PAGE = Page("scan", 1, 3, "text")
FAILED = FailedPage("scan", ValueError("bad pixels"), 2, 3)


def test_callbacks_are_called_in_order() -> None:
    seen: list[object] = []
    failures: list[FailedPage] = []
    report = PageReport(seen.append, failures.append)
    assert report.accept(FAILED) is None
    assert report.accept(PAGE) is PAGE
    assert seen == [FAILED, PAGE]
    assert failures == [FAILED]
    report.finish()


def test_failures_are_logged_by_default(caplog: pytest.LogCaptureFixture) -> None:
    PageReport().accept(FAILED)
    assert caplog.messages == ["Could not read scan, page 2: bad pixels"]


def test_truncated_pages_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        PageReport().accept(Page("scan", 1, 3, "text", "m", is_truncated=True))
    assert caplog.messages == ["scan, page 1: the text reached max_tokens and is incomplete."]


def test_first_error_is_raised_if_there_is_no_page() -> None:
    report = PageReport(on_failed_page=lambda failed: None)
    report.accept(FAILED)
    report.accept(FailedPage("scan", OSError("gone"), 3, 3))
    with pytest.raises(ValueError, match="bad pixels"):
        report.finish()


def test_no_documents_are_no_error() -> None:
    PageReport().finish()
