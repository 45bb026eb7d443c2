"""From what the user names to the files that are read."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from ionos_model_hub.cli.embed.records import UsageError

FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".txt": "text",
    ".md": "text",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read.

    Attributes:
        path: The file, as the user named it.
        format: jsonl, csv, parquet or text.
        size: Bytes of the file.
        start: Bytes of all files before it.
    """

    path: Path
    format: str
    size: int
    start: int

    @property
    def name(self) -> str:
        """The path as it is told and stored: always Unicode."""
        return self.path.as_posix().encode(errors="replace").decode()


def find_sources(
    named: Sequence[str], format_: str | None = None, without: Collection[Path] = ()
) -> list[Source]:
    """Return the files behind paths, globs and folders; those of folders and globs are sorted.

    Args:
        named: What the user named.
        format_: Format of all files. Default: that of each suffix.
        without: Files and folders to pass over, such as the output.

    Raises:
        UsageError: A path is not there, or a format cannot be told.
    """
    hidden = {path.resolve() for path in without}
    found: dict[Path, Source] = {}
    start = 0
    for each in named:
        for path in _files(each):
            resolved = path.resolve()
            is_hidden = not hidden.isdisjoint((resolved, *resolved.parents))
            if is_hidden and path == Path(each):
                raise UsageError(f"{path} is an output, it cannot be an input as well.")
            if is_hidden or resolved in found:
                continue
            size = path.stat().st_size
            found[resolved] = Source(path, format_ or _format(path), size, start)
            start += size
    if not found:
        raise UsageError(f"No files to embed in {', '.join(named)}.")
    return list(found.values())


def _files(named: str) -> Iterator[Path]:
    path = Path(named)
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in FORMATS)
        yield from (each for each in inside if each.is_file() and not _is_hidden(each, path))
    elif path.exists():
        yield path
    elif has_magic(named) and (matches := sorted(glob(named, recursive=True))):
        yield from (each for each in map(Path, matches) if each.is_file())
    else:
        raise UsageError(f"No such file or folder: {named}")


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _format(path: Path) -> str:
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise UsageError(
            f"The format of {path} cannot be told by its name; pass --format."
        ) from None
