"""The folder that the ids of files are relative to.

It is the working directory of the first run. Later runs find it again from any working directory,
because the output stores a digest of its path. The path itself is not stored.
"""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from ionos_model_hub.cli.embed.readers.sources import Source


def folder_digest(folder: Path) -> str:
    """Return a digest of the path of a folder."""
    return blake2b(bytes(folder.resolve()), digest_size=16).hexdigest()


def find_base(digest: str | None, sources: Iterable[Source]) -> Path:
    """Return the folder above the working directory or the inputs that has a digest.

    The result is the working directory if there is no such folder, for instance because output and
    inputs were moved, or if `digest` is None.
    """
    current = Path.cwd()
    folders = {source.path.parent.resolve() for source in sources if source.path is not None}
    candidates = {each for folder in (current, *folders) for each in (folder, *folder.parents)}
    return next((each for each in candidates if folder_digest(each) == digest), current)
