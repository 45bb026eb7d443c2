"""The documents to read."""

import os
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.image_formats import REMOTE_SCHEMES

SUFFIXES = (".pdf", ".tif", ".tiff", ".png", ".jpg", ".jpeg")
"""Suffixes of the supported files. The format is recognized by the content."""

SourceLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Source:
    """A document to read.

    Attributes:
        name: Its name in results.
        data: Its path or its content.

    Example:
        >>> Source.at("scans/invoice.pdf").name
        'scans/invoice.pdf'
    """

    name: str
    data: Path | bytes = field(repr=False)

    @classmethod
    def at(cls, path: SourceLike) -> "Source":
        """Return the document at a path, which is also its name."""
        return cls(os.fspath(path), Path(path))


def find_sources(documents: Iterable[SourceLike | Source]) -> Iterator[Source]:
    """Yield the documents at paths; those of folders are sorted, without hidden ones.

    Raises:
        InvalidRequestError: A document is not a path, or its path is empty or a URL.

    Warns:
        UserWarning: A folder contains no supported file.
    """
    documents = list(documents)
    for document in documents:  # before pages are read, which would be lost
        if not isinstance(document, Source):
            _check_path(document)
    for document in documents:
        if isinstance(document, Source):
            yield document
        elif os.path.isdir(document):  # Unlike `Path.is_dir`, it raises no error.
            yield from _sources_in(Path(document))
        else:
            yield Source.at(document)


def _sources_in(folder: Path) -> Iterator[Source]:
    files = find_files(folder)
    if not files:
        suffixes = ", ".join(SUFFIXES)
        warnings.warn(
            f"{str(folder)!r} contains no file with one of the suffixes {suffixes}.", stacklevel=2
        )
    return map(Source.at, files)


def _check_path(path: object) -> None:
    if not isinstance(path, (str, os.PathLike)):
        raise InvalidRequestError(
            f"A document must be a path, got {type(path).__name__}.",
            hint="Pass ionos_model_hub.ocr.Source(name, content) for the content of a file.",
        )
    if path == "":
        raise InvalidRequestError("The path of a document must not be empty.")
    if str(path).startswith(REMOTE_SCHEMES):
        raise InvalidRequestError(
            f"{path!r} is a URL, and only files are read.",
            hint="Download the document and pass its path.",
        )


def as_paths(paths: SourceLike | Iterable[SourceLike]) -> list[SourceLike]:
    """Return a list of one path or of several."""
    return [paths] if isinstance(paths, (str, bytes, os.PathLike)) else list(paths)


def find_files(folder: Path) -> list[Path]:
    """Return the files with supported suffixes in a folder and its subfolders, sorted."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not _is_hidden(path, folder)
    )


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
