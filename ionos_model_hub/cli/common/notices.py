"""Notices about inputs, such as a detected delimiter. Each is shown once, with its files."""

from dataclasses import dataclass, field

_MAX_FILES = 3


@dataclass(slots=True)
class Notices:
    """Collects notices and groups the files that have the same one.

    Example:
        >>> notices = Notices()
        >>> notices.add("Columns are separated by ';'", "a.csv")
        >>> notices.add("Columns are separated by ';'", "b.csv")
        >>> notices.take()
        ["Columns are separated by ';': a.csv, b.csv"]
    """

    _files: dict[str, dict[str, None]] = field(default_factory=dict)
    _taken: set[tuple[str, str]] = field(default_factory=set)

    def add(self, notice: str, file: str = "") -> None:
        """Add a notice about a file; the same notice about the same file has no effect."""
        if (notice, file) not in self._taken:
            self._files.setdefault(notice, {})[file] = None

    def take(self) -> list[str]:
        """Return the notices that were added since the last call, as lines."""
        lines = [_line(notice, list(files)) for notice, files in self._files.items()]
        self._taken |= {(notice, file) for notice, files in self._files.items() for file in files}
        self._files = {}
        return lines


def _line(notice: str, files: list[str]) -> str:
    names = ", ".join(files[:_MAX_FILES])
    others = len(files) - _MAX_FILES
    more = f" and {others:,} more" if others > 0 else ""
    return f"{notice}: {names}{more}" if names else notice
