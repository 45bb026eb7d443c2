"""Recognize the files that this command wrote."""

import json
from pathlib import Path

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.ocr.records import WRITTEN_BY

MARKDOWN_START = f"<!-- written by {WRITTEN_BY}: "
"""The start of every Markdown file; JSON and the end of the comment follow."""

_MAX_LINE = 64 * 1024 * 1024


def check_is_ours(path: Path) -> None:
    """Raise UsageError if a file exists that this command did not write."""
    if path.is_file() and _is_ours(path):
        return
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} was not written by this command. Write to another folder.")


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        if path.suffix == ".md":
            start = MARKDOWN_START.encode()
            return file.read(len(start)) == start
        return parse_line(file.readline(_MAX_LINE)) is not None


def parse_line(line: bytes) -> dict[str, object] | None:
    """Return the page in a line of a JSONL file, or None if it is incomplete or of others."""
    try:
        page = json.loads(line)
    except ValueError:
        return None
    is_ours = isinstance(page, dict) and page.get("written_by") == WRITTEN_BY
    return page if is_ours and line.endswith(b"\n") else None
