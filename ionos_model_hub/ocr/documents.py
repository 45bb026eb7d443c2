"""Open documents one after the other and load their pages."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ionos_model_hub.errors import InvalidRequestError, ModelHubError
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.ocr.page_image import PageImage, encode
from ionos_model_hub.ocr.pages import FailedPage, Page
from ionos_model_hub.ocr.rendering_lock import RENDERING
from ionos_model_hub.ocr.sources import Source

_MIN_TEXT = 20
"""Characters without whitespace that a text layer must have to replace OCR. Scans often have a
page number or a stamp as text."""


class Document:
    """An open document, closed as soon as all expected pages were loaded. Thread-safe.

    Args:
        source: The document.
        limits: Limits of its images.

    Raises:
        InvalidRequestError: It cannot be read.
        OSError: It cannot be opened.
    """

    def __init__(self, source: Source, limits: ImageLimits) -> None:
        from ionos_model_hub.ocr.formats import open_format  # needs the extra ocr

        self.source = source
        self._limits = limits
        with RENDERING, _readable():
            self._format = open_format(source.data, limits)
            self.count = self._format.count
            if not self.count:
                raise ValueError("it has no pages")
        self._expected = 0
        self.is_closed = False

    def expect(self, pages: int) -> None:
        """Close the document after this number of further calls of `load`."""
        self._expected = pages
        if not pages:
            self.close()

    def load(self, index: int, use_text_layer: bool) -> str | PageImage:
        """Return the text layer of a page, if it is to be used and exists, else its image.

        Raises:
            InvalidRequestError: The page cannot be read.
            OSError: The file cannot be read.
        """
        with RENDERING:
            try:
                with _readable():
                    text = self._format.text(index) if use_text_layer else ""
                    if len("".join(text.split())) >= _MIN_TEXT:
                        return text
                    image = self._format.image(index)
            finally:
                self._expected -= 1
                if not self._expected:
                    self._close()
        return encode(image, self._limits)

    def close(self) -> None:
        """Close the document."""
        with RENDERING:
            self._close()

    def _close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._format.close()


@contextmanager
def _readable() -> Iterator[None]:
    """Convert errors of damaged files, which can be of any type, to InvalidRequestError."""
    try:
        yield
    except ModelHubError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InvalidRequestError(
            f"The file is damaged or protected: {error}",
            hint="Check that it can be opened without a password.",
            param="source",
        ) from error


@dataclass(frozen=True, slots=True)
class PageTask:
    """A page to read.

    Attributes:
        document: The document.
        index: Index of the page, starting at 0.
    """

    document: Document
    index: int

    def load(self, use_text_layer: bool) -> str | PageImage:
        """Return the text layer or the image of the page; see `Document.load`."""
        return self.document.load(self.index, use_text_layer)

    def page(self, text: str, model: str | None = None, *, is_truncated: bool = False) -> Page:
        """Return the result for a page that was read; see `Page` for the arguments."""
        source, count = self.document.source.name, self.document.count
        return Page(source, self.index + 1, count, text, model, is_truncated)

    def failed(self, error: Exception) -> FailedPage:
        """Return the result for a page that could not be read."""
        return FailedPage(self.document.source.name, error, self.index + 1, self.document.count)


Selection = Callable[[Source, int], Iterable[int]]
"""Returns the indices of the pages to read of a document with a number of pages."""


def _all_pages(_: Source, count: int) -> Iterable[int]:
    return range(count)


class PageTasks:
    """The pages of documents. Each document is opened when its first page is requested.

    Args:
        sources: The documents.
        limits: Limits of their images.
        select: Selects the pages to read. Default: all.
    """

    def __init__(
        self, sources: Iterable[Source], limits: ImageLimits, select: Selection = _all_pages
    ) -> None:
        self._limits = limits
        self._select = select
        self._open: list[Document] = []
        self._is_closed = False
        self._tasks = self._iterate(sources)

    def __iter__(self) -> Iterator[PageTask | FailedPage]:
        return self._tasks

    def close(self) -> None:
        """Close all documents; no further ones are opened."""
        self._is_closed = True
        for document in self._open:
            document.close()

    def _iterate(self, sources: Iterable[Source]) -> Iterator[PageTask | FailedPage]:
        for source in sources:
            try:
                document = Document(source, self._limits)
            except (ModelHubError, OSError) as error:
                yield FailedPage(source.name, error)
                continue
            if self._is_closed:  # by another thread while the document was opened
                document.close()
                return
            self._open = [each for each in self._open if not each.is_closed]
            self._open.append(document)
            indices = list(self._select(source, document.count))
            document.expect(len(indices))
            yield from (PageTask(document, index) for index in indices)
