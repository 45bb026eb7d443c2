"""The results of reading a document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """The text of a page.

    Attributes:
        source: Name of the document.
        number: Number of the page, starting at 1.
        count: Number of pages of the document.
        text: Text as Markdown; empty for a blank page. Text layers are plain text.
        model: Model that read the page, or None if the text is that of the text layer.
        is_truncated: Whether the text is incomplete because it reached the token limit.

    Example:
        >>> Page("invoice.pdf", 1, 2, "# Invoice", "lightonai/LightOnOCR-2-1B").number
        1
    """

    source: str
    number: int
    count: int
    text: str
    model: str | None = None
    is_truncated: bool = False

    @property
    def metadata(self) -> dict[str, str | int | bool]:
        """`source`, `page` (starting at 1), `total_pages`, and `model` and `truncated` if set."""
        facts: dict[str, str | int | bool] = {
            "source": self.source,
            "page": self.number,
            "total_pages": self.count,
        }
        if self.model is not None:
            facts["model"] = self.model
        if self.is_truncated:
            facts["truncated"] = True
        return facts


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page, or a document, that could not be read.

    Attributes:
        source: Name of the document.
        error: Why it could not be read.
        number: Number of the page, starting at 1; None if the document could not be opened.
        count: Number of pages of the document; 0 if it could not be opened.

    Example:
        >>> print(FailedPage("invoice.pdf", ValueError("The server failed."), 2, 9))
        invoice.pdf, page 2: The server failed.
    """

    source: str
    error: Exception
    number: int | None = None
    count: int = 0

    def __str__(self) -> str:
        page = "" if self.number is None else f", page {self.number}"
        return f"{self.source}{page}: {self.error}"


PageResult = Page | FailedPage
