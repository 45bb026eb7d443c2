"""The list of inputs that were not processed: one JSON object per line."""

import json
import os
from collections.abc import Collection
from dataclasses import asdict
from io import FileIO
from pathlib import Path
from typing import Any, ClassVar, Protocol

from ionos_model_hub.cli.common.errors import RunStoppedError, UsageError
from ionos_model_hub.cli.common.files import is_inside, write_all
from ionos_model_hub.cli.common.locks import PathLock

_MAX_SHOWN = 3


class Rejected(Protocol):
    """A dataclass that describes an input that was not processed, and the reason."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __str__(self) -> str:
        """Return the description for the terminal."""


class RejectFile:
    """Writes rejects to a file, which is created with the first one.

    Args:
        path: The file. The list of an earlier run is deleted.
        written_by: Name of the command. It is in every line and identifies the command's files.

    Attributes:
        count: Number of rejects.
        first: The first few of them.

    Raises:
        UsageError: The file was not written by this command, or another process is writing to it.
    """

    def __init__(self, path: Path, written_by: str) -> None:
        self.path = path
        self._written_by = written_by
        self.count = 0
        self.first: list[Rejected] = []
        self._file: FileIO | None = None
        self._lock: PathLock | None = None
        _check_is_ours(path, written_by)
        if path.exists():
            lock = PathLock(path)
            path.unlink()
            lock.close()

    def add(self, reject: Rejected) -> None:
        """Write a reject to the file immediately."""
        line = json.dumps({"written_by": self._written_by, **asdict(reject)}, ensure_ascii=False)
        data = f"{line}\n".encode(errors="replace")
        if self._file is None:
            self._file = self._create(data)
        else:
            write_all(self._file, data)
        self.count += 1
        if len(self.first) < _MAX_SHOWN:
            self.first.append(reject)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            self._lock.close()

    def _create(self, first_line: bytes) -> FileIO:
        """Create the file so that it is never visible without its first line."""
        hidden = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        file = FileIO(hidden, "x")
        try:
            write_all(file, first_line)
            if self.path.exists():
                raise RunStoppedError(f"Another process created {self.path} during the run.")
            hidden.replace(self.path)
        except BaseException:
            file.close()
            hidden.unlink(missing_ok=True)
            raise
        self._lock = PathLock(self.path)
        return file


def path_beside(output: Path) -> Path:
    """Return the default path of the list, next to the output.

    Raises:
        UsageError: There is no place next to the root folder.
    """
    named = output.resolve() if output.name in ("", "..") else output
    if not named.name:
        raise UsageError("--to must not be the root folder.")
    return named.with_name(f"{named.name}.rejects.jsonl")


def check_rejects_path(path: Path, outputs: Collection[Path], written_by: str) -> None:
    """Check the path of the list before a run.

    Args:
        path: The path.
        outputs: Files and folders of the output. Their parent folders are created by the run.
        written_by: As for `RejectFile`.

    Raises:
        UsageError: The path is in the output, its folder does not exist, or it is not a file that
            this command wrote.
    """
    for output in outputs:
        if is_inside(path, output):
            raise UsageError(f"--rejects {path} is in the output {output}. Pass another file.")
    if not path.parent.is_dir() and path.parent not in {each.parent for each in outputs}:
        raise UsageError(f"The folder {path.parent} for the list of rejects does not exist.")
    _check_is_ours(path, written_by)


def _check_is_ours(path: Path, written_by: str) -> None:
    if path.is_dir():
        raise UsageError(f"--rejects must name a file, {path} is a folder.")
    if (path.exists() or path.is_symlink()) and not _is_ours(path, written_by):
        raise UsageError(
            f"{path} was not written by this command. Pass another file with --rejects."
        )


def _is_ours(path: Path, written_by: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        first_line = file.readline(1_000_000)
    try:
        record = json.loads(first_line)
    except ValueError:
        return False
    return isinstance(record, dict) and record.get("written_by") == written_by
