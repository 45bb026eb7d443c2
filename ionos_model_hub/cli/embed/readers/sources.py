"""Find the files that are named by paths, globs and folders."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.files import STANDARD_INPUT, expand, is_below, valid_unicode
from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.embed.records import Reject

FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".txt": "text",
    ".md": "text",
}
COMPRESSED_SUFFIXES = (".gz", ".zst")
UNKNOWN_FORMAT = "Skipped because of an unknown format (--format sets it)"


@dataclass(frozen=True, slots=True)
class Source:
    """An input to read.

    Attributes:
        path: The file as the user named it, or None for standard input.
        format: jsonl, csv, parquet or text.
        size: Size of the file in bytes; 0 for streams.
        start: Total size of all inputs before it in bytes.
        is_explicit: Whether the user named the file itself, not a folder or a glob.
        is_stream: Whether it can be read only once: standard input or a named pipe.
        id: Identifies the input in the ids of rows without an id of their own.
    """

    path: Path | None
    format: str
    size: int
    start: int
    is_explicit: bool = True
    is_stream: bool = False
    id: str = ""

    @property
    def name(self) -> str:
        """The name for messages, always valid Unicode."""
        return "standard input" if self.path is None else valid_unicode(self.path.as_posix())

    def with_id(self, base: Path) -> "Source":
        """Return the source with its id: the path relative to `base`, absolute if outside.

        The id does not depend on how the user named the file.
        """
        if self.path is None:
            return replace(self, id="stdin")
        if self.is_stream:  # such as /dev/fd/63, which links to a path that changes
            return replace(self, id=self.name)
        path = self.path.parent.resolve() / self.path.name
        if path.is_relative_to(base):
            path = path.relative_to(base)
        return replace(self, id=valid_unicode(path.as_posix()))


@dataclass(slots=True)
class Inputs:
    """The inputs of a command.

    Attributes:
        sources: Files to read, in order; those of a folder or glob are sorted.
        rejects: Files that the user named and that have an unknown format.
    """

    sources: list[Source] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    @property
    def end(self) -> int:
        """Total size of the files in bytes."""
        return self.sources[-1].start + self.sources[-1].size if self.sources else 0

    @property
    def total_size(self) -> int | None:
        """Total size in bytes, or None if it is unknown because of standard input or pipes."""
        return None if any(source.is_stream for source in self.sources) else self.end


def find_inputs(
    names: Sequence[str],
    notices: Notices,
    format_: str | None = None,
    outputs: Collection[Path] = (),
) -> Inputs:
    """Find the files behind paths, globs and folders.

    Args:
        names: Paths, globs, folders, or "-" for standard input.
        notices: Receives a notice about files with an unknown format in folders and globs.
        format_: Format of all files. Default: according to the suffix of each.
        outputs: Files and folders that are not read when a folder or glob contains them.

    Raises:
        UsageError: A path does not exist, or there is nothing to read.
    """
    inputs = Inputs()
    resolved_outputs = {path.resolve() for path in outputs}
    known: set[Path | None] = set()
    for name in names:
        for path in _expand(name):
            resolved = None if path is None else path.resolve()
            if resolved in known or (resolved and is_below(resolved, resolved_outputs)):
                continue
            known.add(resolved)
            _add(inputs, path, path is None or path == Path(name), format_, notices)
    if not inputs.sources:
        raise UsageError(_nothing_found(names, inputs))
    return inputs


def _add(
    inputs: Inputs, path: Path | None, is_explicit: bool, format_: str | None, notices: Notices
) -> None:
    if path is None:
        inputs.sources.append(Source(None, format_ or "jsonl", 0, inputs.end, is_stream=True))
        return
    found_format = format_ or format_by_suffix(path)
    if found_format is None and is_explicit:
        name = valid_unicode(path.as_posix())
        inputs.rejects.append(Reject(name, 0, "unknown format; set it with --format"))
    elif found_format is None:
        notices.add(UNKNOWN_FORMAT, valid_unicode(path.as_posix()))
    else:
        size = path.stat().st_size
        source = Source(path, found_format, size, inputs.end, is_explicit, not path.is_file())
        inputs.sources.append(source)


def _nothing_found(names: Sequence[str], inputs: Inputs) -> str:
    if inputs.rejects:
        return f"The format of {inputs.rejects[0].file} is unknown. Set it with --format."
    return f"No files to embed in {', '.join(names)}."


def _expand(name: str) -> Iterator[Path | None]:
    """Yield the files behind a name; None for standard input."""
    if name == STANDARD_INPUT:
        yield None
    else:
        yield from expand(name)


def format_by_suffix(path: Path) -> str | None:
    """Return the format according to the suffix, or None if it is unknown."""
    if path.suffix.lower() in COMPRESSED_SUFFIXES:
        path = path.with_suffix("")
        if path.suffix.lower() == ".parquet":
            return None
    return FORMATS.get(path.suffix.lower())
