"""Report progress and failed pages to the caller."""

import logging
from collections.abc import Callable

from ionos_model_hub.ocr.pages import FailedPage, Page, PageResult

_logger = logging.getLogger(__name__)


class PageReport:
    """Passes results on and reports failures, so that they are never lost silently.

    Args:
        progress: Called with each result.
        on_failed_page: Called with each failure. Default: log a warning.
    """

    def __init__(
        self,
        progress: Callable[[PageResult], object] | None = None,
        on_failed_page: Callable[[FailedPage], object] | None = None,
    ) -> None:
        self._progress = progress
        self._on_failed_page = on_failed_page or _log
        self._has_pages = False
        self._first_error: Exception | None = None

    def accept(self, result: PageResult) -> Page | None:
        """Report a result; return the page, or None if it failed."""
        if self._progress is not None:
            self._progress(result)
        if isinstance(result, Page):
            self._has_pages = True
            if result.is_truncated:
                _logger.warning(
                    "%s, page %d: the text reached max_tokens and is incomplete.",
                    result.source,
                    result.number,
                )
            return result
        self._first_error = self._first_error or result.error
        self._on_failed_page(result)
        return None

    def finish(self) -> None:
        """Raise the first error if no page could be read."""
        if self._first_error is not None and not self._has_pages:
            raise self._first_error


def _log(failed: FailedPage) -> None:
    _logger.warning("Could not read %s", failed)
