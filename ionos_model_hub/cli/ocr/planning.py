"""Turn the options into inputs and paths of the output."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.files import STANDARD_INPUT, expand, is_inside, valid_unicode
from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.common.rejects import check_rejects_path, path_beside
from ionos_model_hub.cli.ocr import ownership
from ionos_model_hub.cli.ocr.output import output_paths
from ionos_model_hub.cli.ocr.records import WRITTEN_BY, Input
from ionos_model_hub.ocr.sources import SUFFIXES

_UNKNOWN_FORMAT = "Skipped because of an unknown format"


@dataclass(frozen=True, slots=True)
class Plan:
    """The inputs of a run, and the places of its results.

    Attributes:
        inputs: The documents to read, without duplicates.
        folder: The folder of the output.
        rejects: The file that rejects are written to.
    """

    inputs: Sequence[Input]
    folder: Path
    rejects: Path

    @property
    def total_size(self) -> int:
        """Size of all documents in bytes."""
        return sum(each.size for each in self.inputs)


def make_plan(options: argparse.Namespace, notices: Notices) -> Plan:
    """Check the options and find the documents; nothing is written.

    Raises:
        UsageError: An option or an input is not valid.
    """
    folder = Path(options.to)
    rejects = Path(options.rejects) if options.rejects else path_beside(folder)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--to must be a folder, {folder} is a file.")
    check_rejects_path(rejects, [folder], WRITTEN_BY)
    inputs = list(_find_inputs(options.inputs, folder, notices))
    if not inputs:
        raise UsageError(f"No documents to read in {', '.join(options.inputs)}.")
    _check_names(inputs)
    for path in (path for each in inputs for path in output_paths(folder, each)):
        ownership.check_is_ours(path)
    return Plan(inputs, folder, rejects)


def _find_inputs(names: Sequence[str], folder: Path, notices: Notices) -> Iterator[Input]:
    known: set[Path] = set()
    for name in names:
        if name == STANDARD_INPUT:
            raise UsageError("Documents cannot be read from standard input. Pass files.")
        for path in expand(name):
            resolved = path.resolve()
            if resolved in known:
                continue
            known.add(resolved)
            if path.suffix.lower() in SUFFIXES or path == Path(name):
                _check_is_no_output(path, folder)
                yield _input(path, _base(name))
            else:
                notices.add(_UNKNOWN_FORMAT, valid_unicode(path.as_posix()))


def _input(path: Path, base: Path) -> Input:
    absolute = path.parent.resolve() / path.name
    current = Path.cwd()
    shown = absolute.relative_to(current) if absolute.is_relative_to(current) else absolute
    name = path.relative_to(base).as_posix()
    source = valid_unicode(shown.as_posix())
    return Input(path, source, valid_unicode(name), path.stat().st_size)


def _base(name: str) -> Path:
    """Return the folder that names in the output are relative to."""
    path = Path(name)
    if path.is_dir():
        return path
    if path.exists() or not has_magic(name):
        return path.parent
    return Path(*_fixed_parts(path))


def _fixed_parts(path: Path) -> Iterator[str]:
    """Yield the parts of a glob before the first one with a wildcard."""
    for part in path.parent.parts:
        if has_magic(part):
            return
        yield part


def _check_is_no_output(path: Path, folder: Path) -> None:
    if folder.exists() and is_inside(path, folder):
        raise UsageError(f"{path} cannot be an input, because it is in the output {folder}.")


def _check_names(inputs: Sequence[Input]) -> None:
    """Check that no two documents have the same files in the output."""
    by_name: dict[str, Input] = {}
    for each in inputs:
        other = by_name.setdefault(each.name, each)
        if other is not each:
            raise UsageError(
                f"{other.source} and {each.source} would both be written to {each.name}.md. Pass "
                "the folder that contains both."
            )
