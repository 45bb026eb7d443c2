"""OCR of scanned documents, as a reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, BinaryIO, ClassVar, Protocol

from llama_index.core.readers.base import BasePydanticReader
from llama_index.core.schema import Document
from pydantic import Field
from typing_extensions import Unpack

from ionos_model_hub.ocr import Page, Source
from ionos_model_hub.ocr.options import CALLBACKS, OCRArguments
from ionos_model_hub.ocr.reader import OCRMixin
from ionos_model_hub.ocr.sources import SUFFIXES, SourceLike, as_paths, find_sources
from llama_index_ionos.connection import Connection, ConnectionArguments

_NOT_FOR_EMBEDDINGS = ["page", "page_label", "total_pages", "model", "truncated"]
_NOT_FOR_LLM = ["page_label", "total_pages", "model", "truncated"]


class ReaderArguments(OCRArguments, ConnectionArguments, total=False):
    """The keyword arguments of `IONOSOCRReader`."""

    is_remote: bool


class FileSystem(Protocol):
    """A file system of fsspec."""

    def open(self, path: str, mode: str) -> BinaryIO:
        """Open a file."""


class IONOSOCRReader(Connection, OCRMixin, BasePydanticReader):
    """Reads scanned documents with an OCR model of the IONOS AI Model Hub.

    The documents are PDF, TIFF, PNG and JPEG files. Each page becomes a LlamaIndex document with
    Markdown and the metadata `source`, `page` (starting at 1), `page_label` (the same as text),
    `total_pages` and `model`. A page of a text layer has no `model`. A page whose text is
    incomplete because it reached `max_tokens` has `truncated: True`.

    Pages are rendered one by one and read concurrently, within the rate limit. A page that cannot
    be read is reported with `on_failed_page` and left out; if no page can be read, the first error
    is raised.

    As a file extractor of `SimpleDirectoryReader`, pass
    `file_extractor={suffix: reader for suffix in IONOSOCRReader.suffixes}`.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid.

    Example:
        >>> import tempfile
        >>> from ionos_model_hub.emulator import Emulator, render_document
        >>> with Emulator() as hub, tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        ...     _ = file.write(render_document(["Page one", "Page two"]))
        ...     file.flush()
        ...     reader = IONOSOCRReader(api_key="any", api_base=hub.base_url)
        ...     [document.metadata["page"] for document in reader.load_data(file.name)]
        [1, 2]
    """

    shared_by_copies = (*Connection.shared_by_copies, *CALLBACKS)

    suffixes: ClassVar[tuple[str, ...]] = SUFFIXES
    """Suffixes of the supported files."""

    is_remote: bool = Field(
        default=True, description="Whether the data is loaded from a remote API; here the text is."
    )

    def __init__(self, **arguments: Unpack[ReaderArguments]) -> None:
        super().__init__(**arguments)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that identifies this class in dumps and traces."""
        return "IONOSOCRReader"

    def lazy_load_data(
        self,
        file: SourceLike | Sequence[SourceLike],
        extra_info: Mapping[str, Any] | None = None,
        fs: FileSystem | None = None,
    ) -> Iterator[Document]:
        """Yield the pages of files, in order.

        Args:
            file: Path of a file or folder, or several paths.
            extra_info: Further metadata of each page.
            fs: File system of the paths. Default: the local one.

        Raises:
            ModelHubError: All pages would fail, or no page could be read.
            OSError: No page could be read; the error of the first one.
        """
        for page in self._read(_sources(file, fs)):
            yield _document(page, extra_info or {})

    def load_data(
        self,
        file: SourceLike | Sequence[SourceLike],
        extra_info: Mapping[str, Any] | None = None,
        fs: FileSystem | None = None,
    ) -> list[Document]:
        """Return the pages of files, in order; see `lazy_load_data`."""
        return list(self.lazy_load_data(file, extra_info, fs))

    async def aload_data(
        self,
        file: SourceLike | Sequence[SourceLike],
        extra_info: Mapping[str, Any] | None = None,
        fs: FileSystem | None = None,
    ) -> list[Document]:
        """Return the pages of files without blocking the event loop; see `lazy_load_data`."""
        async with aclosing(self._aread(_sources(file, fs))) as pages:
            return [_document(page, extra_info or {}) async for page in pages]


def _sources(file: SourceLike | Sequence[SourceLike], fs: FileSystem | None) -> Iterator[Source]:
    if fs is None:
        yield from find_sources(as_paths(file))
        return
    for path in map(str, as_paths(file)):
        with fs.open(path, "rb") as opened:
            yield Source(path, opened.read())


def _document(page: Page, extra_info: Mapping[str, Any]) -> Document:
    metadata = {**extra_info, **page.metadata, "page_label": str(page.number)}
    return Document(
        text=page.text,
        metadata=metadata,
        excluded_embed_metadata_keys=_NOT_FOR_EMBEDDINGS,
        excluded_llm_metadata_keys=_NOT_FOR_LLM,
    )
