"""Find files by paths, globs and folders, and write to files."""

from collections.abc import Collection, Iterator
from glob import glob, has_magic
from io import FileIO
from pathlib import Path

from ionos_model_hub.cli.common.errors import UsageError

STANDARD_INPUT = "-"


def valid_unicode(path: str) -> str:
    """Return a path with bytes that are not valid Unicode replaced."""
    return path.encode(errors="replace").decode()


def expand(name: str) -> Iterator[Path]:
    """Yield the files behind a path, a glob or a folder; those of the latter two are sorted.

    Raises:
        UsageError: There is no such file or folder.
    """
    path = Path(name)
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.is_file())
        yield from (each for each in files if not _is_hidden(each, path))
    elif path.exists():
        yield path
    elif has_magic(name) and (matches := sorted(glob(name, recursive=True))):
        yield from (each for each in map(Path, matches) if each.is_file())
    else:
        raise UsageError(f"No such file or folder: {name}")


def is_below(path: Path, folders: Collection[Path]) -> bool:
    """Return whether a resolved path is one of some resolved folders or in one of them."""
    return any(each in folders for each in (path, *path.parents))


def is_inside(path: Path, container: Path) -> bool:
    """Return whether a path is another path or in it, also by another name such as a link."""
    resolved = path.resolve()
    return any(_is_same(each, container) for each in (resolved, *resolved.parents))


def write_all(file: FileIO, data: bytes) -> None:
    """Write data to an unbuffered file, which may accept only a part at a time."""
    while data:
        data = data[file.write(data) :]


def _is_same(path: Path, other: Path) -> bool:
    if path == other.resolve():
        return True
    return path.exists() and other.exists() and path.samefile(other)


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
