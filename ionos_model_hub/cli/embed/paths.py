"""Check that inputs, output and rejects are different files and folders."""

import re
from collections.abc import Sequence
from pathlib import Path

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.files import STANDARD_INPUT, is_inside
from ionos_model_hub.cli.common.rejects import check_rejects_path, path_beside
from ionos_model_hub.cli.embed.records import WRITTEN_BY
from ionos_model_hub.cli.embed.sinks.database import is_database
from ionos_model_hub.cli.embed.sinks.parquet import is_single_file, parts_folder

_UNSAFE = re.compile(r"[^\w.-]+")


def rejects_path(to: str, table: str, rejects: str | None) -> Path:
    """Return the file that rejects are written to; by default next to the output."""
    if rejects:
        return Path(rejects)
    if is_database(to):
        return Path(f"{_UNSAFE.sub('_', table)}.rejects.jsonl")
    return path_beside(Path(to))


def output_paths(to: str) -> list[Path]:
    """Return the files and folders that are written for an output."""
    if is_database(to):
        return []
    target = Path(to)
    return [target, parts_folder(target)] if is_single_file(target) else [target]


def check_paths(inputs: Sequence[str], to: str, rejects: Path) -> None:
    """Check that nothing is read and written, or written twice.

    Raises:
        UsageError: Two of the arguments name the same file or folder, the name of the output is
            not valid, or the file of the rejects cannot be used.
    """
    check_output_name(to)
    outputs = output_paths(to)
    for name in inputs:
        if name == STANDARD_INPUT:
            continue
        path = Path(name)
        if path.exists() and is_inside(path, rejects):
            raise UsageError(f"{name} cannot be an input and the file of --rejects.")
        if path.exists() and any(is_inside(path, output) for output in outputs):
            raise UsageError(f"{name} cannot be an input, because it is the output or part of it.")
    check_rejects_path(rejects, outputs, WRITTEN_BY)


def check_output_name(to: str) -> None:
    """Raise UsageError for outputs of an unknown kind."""
    if is_database(to):
        return
    if "://" in to:
        scheme = to.partition("://")[0]
        raise UsageError(f"--to takes a path or postgresql://user@host/database, not {scheme}://.")
    path = Path(to)
    has_suffix = path.suffix and path.suffix.lower() != ".parquet"
    if to == STANDARD_INPUT or (has_suffix and not path.is_dir() and not to.endswith(("/", "\\"))):
        raise UsageError(
            f"--to must be a file ending in .parquet, a folder or postgresql://..., got {to}. "
            f"For a folder of this name write {to}/."
        )
