"""The folder with the parts of a Parquet output."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.locks import create_and_lock

_PART = re.compile(r"part-(\d+)\.parquet")
_TEMPORARY = ".ionos-model-hub-embed"


class PartFolder:
    """A folder of part files, locked for this process.

    Unfinished files are in a hidden folder inside it, which only this command uses and which is
    removed at the end, so that a leftover of a killed process can be deleted safely.

    Args:
        path: The folder, which is created if it does not exist.
        remove_if_empty: Whether to remove the folder at the end if it has no files.

    Raises:
        UsageError: Another process is writing to the folder.
    """

    def __init__(self, path: Path, *, remove_if_empty: bool) -> None:
        self.path = path
        self._remove_if_empty = remove_if_empty or not path.exists()
        self._lock = create_and_lock(path)
        self._temporary = path / _TEMPORARY
        shutil.rmtree(self._temporary, ignore_errors=True)

    def temporary(self, name: str) -> Path:
        """Return a path for a file that is renamed once it is complete."""
        self._temporary.mkdir(exist_ok=True)
        return self._temporary / name

    def part(self, number: int) -> Path:
        """Return the path of a part."""
        return self.path / f"part-{number:06}.parquet"

    def close(self) -> None:
        """Remove temporary files and release the lock."""
        shutil.rmtree(self._temporary, ignore_errors=True)
        if self._remove_if_empty and self.path.is_dir() and not any(self.path.iterdir()):
            self.path.rmdir()
        self._lock.close()


def list_parts(folder: Path) -> Iterator[tuple[int, Path]]:
    """Yield number and path of the parts in a folder, in the order they were written."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name)):
        if match := _PART.fullmatch(path.name):
            yield int(match[1]), path


def check_folder(folder: Path) -> None:
    """Check that a folder is new, empty or an output of this command.

    Raises:
        UsageError: It has other files.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file. Write to a folder, or to a name ending in .parquet.")
    if any(list_parts(folder)) or (folder / _TEMPORARY).exists():
        return
    if any(not path.name.startswith(".") for path in folder.iterdir()):
        raise UsageError(
            f"{folder} has files that this command did not write. Write to a new or empty folder."
        )
