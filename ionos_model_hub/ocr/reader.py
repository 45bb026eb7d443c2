"""Read documents: the base of the adapters' classes, and the class for use without a framework."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from typing import Any

from pydantic import model_validator

from ionos_model_hub.connection_fields import ConnectionMixin
from ionos_model_hub.lazy import require_extra
from ionos_model_hub.ocr.documents import PageTasks
from ionos_model_hub.ocr.options import CALLBACKS, OCROptions
from ionos_model_hub.ocr.pages import Page
from ionos_model_hub.ocr.reading import aread_pages, read_pages
from ionos_model_hub.ocr.report import PageReport
from ionos_model_hub.ocr.requests import PageRequests
from ionos_model_hub.ocr.sources import Source, SourceLike, find_sources


class OCRMixin(OCROptions, ConnectionMixin):
    """Connection, settings and reading of pages, for a class of a framework."""

    shared_by_copies = (*ConnectionMixin.shared_by_copies, *CALLBACKS)

    @model_validator(mode="before")
    @classmethod
    def _require_extra(cls, values: Any) -> Any:
        require_extra(cls.__name__, "ocr", "pypdfium2", "PIL")
        return values

    def _read(self, sources: Iterable[Source]) -> Iterator[Page]:
        """Yield the pages that could be read, in order; report the others.

        Raises:
            ModelHubError: All pages would fail, or no page could be read.
            OSError: No page could be read; the error of the first one.
        """
        report = PageReport(self.progress, self.on_failed_page)
        tasks = PageTasks(sources, self.image_limits)
        for result in read_pages(self.clients.sync, tasks, self._requests(), self.concurrency):
            if (page := report.accept(result)) is not None:
                yield page
        report.finish()

    async def _aread(self, sources: Iterable[Source]) -> AsyncGenerator[Page, None]:
        """Yield the pages that could be read, in order; see `_read`."""
        report = PageReport(self.progress, self.on_failed_page)
        tasks = PageTasks(sources, self.image_limits)
        results = aread_pages(self.clients.aio, tasks, self._requests(), self.concurrency)
        async with aclosing(results):
            async for result in results:
                if (page := report.accept(result)) is not None:
                    yield page
        report.finish()

    def _requests(self) -> PageRequests:
        return PageRequests(
            self.model, self.max_tokens, self.temperature, self.use_text_layer, self.image_limits
        )


class OCR(OCRMixin):
    """Reads scanned documents with an OCR model of the IONOS AI Model Hub.

    Pages are rendered one by one and read concurrently, within the rate limit. They are returned
    in order, in Markdown. A page that cannot be read is reported with `on_failed_page` and left
    out; if no page at all can be read, the first error is raised.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid; `param` names it.

    Example:
        >>> from ionos_model_hub.emulator import Emulator, render_page
        >>> page = Source("note.png", render_page("Buy milk."))
        >>> with Emulator() as hub, OCR(api_key="any", base_url=hub.base_url) as ocr:
        ...     [(page.source, page.number, page.text) for page in ocr.read(page)]
        [('note.png', 1, 'Buy milk.')]
    """

    user_agent = "ionos-model-hub-ocr"

    def read(self, *documents: SourceLike | Source) -> Iterator[Page]:
        """Yield the pages of documents; of a folder, those of all supported files.

        Args:
            *documents: Paths of files and folders, or sources.

        Raises:
            ModelHubError: All pages would fail, or no page could be read.
            OSError: No page could be read; the error of the first one.
        """
        return self._read(find_sources(documents))

    def aread(self, *documents: SourceLike | Source) -> AsyncGenerator[Page, None]:
        """Yield the pages of documents without blocking the event loop; see `read`."""
        return self._aread(find_sources(documents))
