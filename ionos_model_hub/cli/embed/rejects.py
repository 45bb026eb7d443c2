"""The list of rows that were not embedded, one JSON object in each line."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from ionos_model_hub.cli.embed.records import Reject, UsageError

_SHOWN = 3


class Rejects:
    """Writes the list; there is no file where there is nothing to list.

    Attributes:
        count: How many are listed.
        first: The first few of them.

    Args:
        path: Where; what an earlier run listed there is dropped.

    Raises:
        UsageError: There is no such folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.first: list[Reject] = []
        self._file: TextIO | None = None
        if not path.parent.is_dir():
            raise UsageError(f"There is no folder {path.parent} for the list of rejects.")
        path.unlink(missing_ok=True)

    def add(self, reject: Reject) -> None:
        """List a row, at once on disk."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", errors="replace")
        self._file.write(json.dumps(asdict(reject), ensure_ascii=False) + "\n")
        self._file.flush()
        self.count += 1
        if len(self.first) < _SHOWN:
            self.first.append(reject)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
