"""The two files of a document in the output."""

import json
from pathlib import Path

from ionos_model_hub.cli.ocr.ownership import MARKDOWN_START
from ionos_model_hub.cli.ocr.page_file import PageFile
from ionos_model_hub.cli.ocr.records import Input
from ionos_model_hub.ocr.pages import Page

_START_END = " -->\n"
_MAX_START = 1_000_000


def output_paths(folder: Path, document: Input) -> tuple[Path, Path]:
    """Return the Markdown and the JSONL file of a document."""
    return folder / f"{document.name}.md", folder / f"{document.name}.jsonl"


class DocumentOutput:
    """Collects the pages of a document.

    The Markdown file is written when all pages were tried. Its first line has the digest and the
    numbers of the missing and of the blank pages, which have no line in the JSONL file.

    Args:
        folder: The folder of the output.
        document: The document.
        digest: Digest of the document and the settings.
        count: Number of pages of the document.
    """

    def __init__(self, folder: Path, document: Input, digest: str, count: int) -> None:
        self.document = document
        self.count = count
        self._digest = digest
        self._markdown, jsonl = output_paths(folder, document)
        self._markdown.parent.mkdir(parents=True, exist_ok=True)
        self._pages = PageFile(jsonl, document.name, digest)
        self._blank = self._read_blank()
        self._left = len(self.missing)

    @property
    def missing(self) -> list[int]:
        """Numbers of the pages that are not in the output."""
        done = self._pages.pages | self._blank
        return [page for page in range(1, self.count + 1) if page not in done]

    def add(self, page: Page) -> None:
        """Store a page; after this call, no kill loses its text."""
        if page.text:
            self._pages.add(page)
        else:
            self._blank.add(page.number)
        self.skip()

    def skip(self) -> None:
        """Count a page that was tried; the last one finishes the files."""
        self._left -= 1
        if not self._left:
            self.finish()

    def finish(self) -> None:
        """Bring both files into their final form, unless they have it already."""
        self._pages.finish()
        if self._read_start() != self._start():
            self._write_markdown()

    def close(self) -> None:
        """Close the files."""
        self._pages.close()

    def _write_markdown(self) -> None:
        missing = set(self.missing)
        hidden = self._markdown.with_name(f".{self._markdown.name}.new")
        with hidden.open("w", encoding="utf-8", errors="replace") as file:
            file.write(self._start())
            for page in range(1, self.count + 1):
                state = " could not be read" if page in missing else ""
                file.write(f"\n<!-- page {page}{state} -->\n")
                if page in self._pages.pages:
                    file.write(f"\n{self._pages.text(page)}\n")
        hidden.replace(self._markdown)

    def _start(self) -> str:
        facts = {
            "digest": self._digest,
            "pages": self.count,
            "missing": self.missing,
            "blank": sorted(self._blank),
        }
        return f"{MARKDOWN_START}{json.dumps(facts)}{_START_END}"

    def _read_blank(self) -> set[int]:
        """Return the blank pages that the Markdown file lists, if it is up to date."""
        start = self._read_start()
        try:
            facts = json.loads(start.removeprefix(MARKDOWN_START).removesuffix(_START_END))
            if facts["digest"] == self._digest:
                return {page for page in facts["blank"] if isinstance(page, int)}
        except (ValueError, KeyError, TypeError):  # there is no file, or it was edited
            pass
        return set()

    def _read_start(self) -> str:
        if not self._markdown.exists():
            return ""
        with self._markdown.open(encoding="utf-8", errors="replace") as file:
            return file.readline(_MAX_START)
