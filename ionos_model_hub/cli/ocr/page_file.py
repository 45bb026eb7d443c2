"""The JSONL file of a document: one line for each page that has text.

It is also the record of the pages that were read. Pages are appended as they arrive, and each is on
the disk before the next one. The first line is written to a hidden file that is then renamed, so
that the file is never visible without the marker of this command.
"""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from ionos_model_hub.cli.common.files import write_all
from ionos_model_hub.cli.ocr.ownership import parse_line
from ionos_model_hub.cli.ocr.records import WRITTEN_BY
from ionos_model_hub.ocr.pages import Page


class PageFile:
    """The pages of a document.

    Args:
        path: The file. Lines with another digest are removed with the first change.
        id_: Start of the id of each page.
        digest: Digest of the document and the settings.
    """

    def __init__(self, path: Path, id_: str, digest: str) -> None:
        self.path = path
        self._id = id_
        self._digest = digest
        self._file: FileIO | None = None
        self._lines: dict[int, tuple[int, int]] = {}  # offset and length by page
        self._has_stale_lines = False
        if path.exists():
            self._scan()

    @property
    def pages(self) -> set[int]:
        """Numbers of the pages in the file."""
        return set(self._lines)

    def add(self, page: Page) -> None:
        """Append a page; after this call, no kill loses it."""
        line = self._line(page)
        if self._has_stale_lines or not self._lines:
            self._replace(list(self._lines), {page.number: line})
            return
        if self._file is None:
            self._file = FileIO(self.path, "a")
        offset = self._file.seek(0, os.SEEK_END)
        write_all(self._file, line)
        os.fsync(self._file.fileno())
        self._lines[page.number] = offset, len(line)

    def text(self, page: int) -> str:
        """Return the text of a page in the file."""
        with self.path.open("rb") as file:
            return str(json.loads(self._read(file, page))["text"])

    def finish(self) -> None:
        """Sort the lines by page and close the file; remove it if it has no pages."""
        self.close()
        if not self._lines:
            self.path.unlink(missing_ok=True)
        elif self._has_stale_lines or list(self._lines) != sorted(self._lines):
            self._replace(sorted(self._lines), {})

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _scan(self) -> None:
        with self.path.open("rb") as file:
            offset = 0
            for line in file:
                page = parse_line(line)
                number = page["page"] if page and page.get("digest") == self._digest else None
                if isinstance(number, int):
                    self._lines[number] = offset, len(line)
                else:
                    self._has_stale_lines = True
                offset += len(line)

    def _replace(self, pages: Iterable[int], added: Mapping[int, bytes]) -> None:
        """Replace the file by one with some of its pages and further lines."""
        hidden = self.path.with_name(f".{self.path.name}.new")
        lines: dict[int, tuple[int, int]] = {}
        with ExitStack() as stack:
            target = stack.enter_context(FileIO(hidden, "w"))
            if self._lines:
                file = stack.enter_context(self.path.open("rb"))
                for page in pages:
                    lines[page] = target.tell(), self._lines[page][1]
                    write_all(target, self._read(file, page))
            for page, line in added.items():
                lines[page] = target.tell(), len(line)
                write_all(target, line)
            os.fsync(target.fileno())
        hidden.replace(self.path)
        self._lines = lines
        self._has_stale_lines = False

    def _read(self, file: BinaryIO, page: int) -> bytes:
        offset, length = self._lines[page]
        file.seek(offset)
        return file.read(length)

    def _line(self, page: Page) -> bytes:
        record = {
            "id": f"{self._id}#{page.number}",
            "text": page.text,
            **page.metadata,
            "digest": self._digest,
            "written_by": WRITTEN_BY,
        }
        return f"{json.dumps(record, ensure_ascii=False)}\n".encode(errors="replace")
