"""OCR of scanned documents, as a blob parser and as a document loader."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
from langchain_core.document_loaders import BaseBlobParser, BaseLoader
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from pydantic import Field
from typing_extensions import Unpack

from ionos_model_hub.credentials import KeySource
from ionos_model_hub.ocr import Page, Source
from ionos_model_hub.ocr.options import OCRArguments
from ionos_model_hub.ocr.reader import OCRMixin
from ionos_model_hub.ocr.sources import SourceLike, as_paths, find_sources
from ionos_model_hub.wire.request_types import Timeout
from langchain_ionos.connection import Connection
from langchain_ionos.errors import langchain_errors


class LoaderArguments(OCRArguments, total=False):
    """The keyword arguments of `IONOSOCRLoader`."""

    request_timeout: Timeout
    ionos_api_key: KeySource | None
    ionos_base_url: str | None
    http_client: httpx.Client | None
    http_async_client: httpx.AsyncClient | None


class IONOSOCRParser(Connection, OCRMixin, BaseBlobParser):
    """Reads the pages of scanned documents with an OCR model of the IONOS AI Model Hub.

    A blob is a PDF, TIFF, PNG or JPEG file, on disk or in memory. Each page becomes a document with
    Markdown and the metadata of the blob, `source`, `page` (starting at 1), `total_pages` and
    `model`. A page of a text layer has no `model`. A page whose text is incomplete because it
    reached `max_tokens` has `truncated: True`.

    Pages are rendered one by one and read concurrently, within the rate limit. A page that cannot
    be read is reported with `on_failed_page` and left out; if no page of a blob can be read, the
    first error is raised.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; it is a `ModelHubError` as well.

    Example:
        >>> from ionos_model_hub.emulator import Emulator, render_page
        >>> blob = Blob.from_data(render_page("Buy milk."), metadata={"source": "note.png"})
        >>> with Emulator() as hub:
        ...     parser = IONOSOCRParser(api_key="any", base_url=hub.base_url)
        ...     [document] = parser.parse(blob)
        >>> document.page_content, document.metadata["page"]
        ('Buy milk.', 1)
    """

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield the pages of a blob, in order."""
        with langchain_errors():
            for page in self._read([_source(blob)]):
                yield _document(page, blob.metadata)

    async def alazy_parse(self, blob: Blob) -> AsyncIterator[Document]:
        """Yield the pages of a blob, in order, without blocking the event loop."""
        with langchain_errors():
            async with aclosing(self._aread([_source(blob)])) as pages:
                async for page in pages:
                    yield _document(page, blob.metadata)


class IONOSOCRLoader(Connection, OCRMixin, BaseLoader):
    """Loads scanned documents with an OCR model of the IONOS AI Model Hub.

    The documents are PDF, TIFF, PNG and JPEG files. Each page becomes a LangChain document; for its
    metadata and for pages that cannot be read see `IONOSOCRParser`. Pages of all files are read
    concurrently, within the rate limit, and loaded in order.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; it is a `ModelHubError` as well.

    Example:
        >>> import tempfile
        >>> from ionos_model_hub.emulator import Emulator, render_document
        >>> with Emulator() as hub, tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        ...     _ = file.write(render_document(["Page one", "Page two"]))
        ...     file.flush()
        ...     loader = IONOSOCRLoader(file.name, api_key="any", base_url=hub.base_url)
        ...     [document.metadata["page"] for document in loader.lazy_load()]
        [1, 2]
    """

    file_path: SourceLike | Sequence[SourceLike] = Field(
        description="Path of a file, or of a folder, of which all PDF, TIFF, PNG and JPEG files "
        "are loaded; or several paths."
    )

    def __init__(
        self,
        file_path: SourceLike | Sequence[SourceLike],
        **arguments: Unpack[LoaderArguments],
    ) -> None:
        fields: dict[str, Any] = {"file_path": file_path, **arguments}
        super().__init__(**fields)

    def lazy_load(self) -> Iterator[Document]:
        """Yield the pages, in order."""
        with langchain_errors():
            for page in self._read(find_sources(as_paths(self.file_path))):
                yield _document(page, {})

    async def alazy_load(self) -> AsyncIterator[Document]:
        """Yield the pages, in order, without blocking the event loop."""
        with langchain_errors():
            async with aclosing(self._aread(find_sources(as_paths(self.file_path)))) as pages:
                async for page in pages:
                    yield _document(page, {})


def _source(blob: Blob) -> Source:
    name = blob.source or "blob"
    if blob.data is None and blob.path is not None:
        return Source(name, Path(blob.path))
    return Source(name, blob.as_bytes())


def _document(page: Page, metadata: dict[str, Any]) -> Document:
    return Document(page_content=page.text, metadata={**metadata, **page.metadata})
