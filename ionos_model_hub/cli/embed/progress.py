"""Show the progress: a bar on a terminal, else a line every ten seconds."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Column

_WINDOW_SECONDS = 30.0
_LINE_INTERVAL = 10.0


@dataclass(frozen=True, slots=True)
class Counts:
    """Number of vectors received, unchanged in the output, and missing."""

    embedded: int
    unchanged: int
    rejected: int

    def __str__(self) -> str:
        return (
            f"{self.embedded:,} embedded, {self.unchanged:,} unchanged, {self.rejected:,} rejected"
        )


@dataclass(slots=True)
class Rate:
    """The rate of the last half minute.

    Example:
        >>> rate = Rate()
        >>> rate.add(0.0, embedded=0, bytes_read=0)
        >>> rate.add(2.0, embedded=100, bytes_read=1000)
        >>> rate.texts_per_second, rate.seconds_left(total=3000)
        (50.0, 4.0)
    """

    _samples: deque[tuple[float, int, int]] = field(default_factory=deque)

    def add(self, now: float, embedded: int, bytes_read: int) -> None:
        """Add a sample."""
        self._samples.append((now, embedded, bytes_read))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW_SECONDS:
            self._samples.popleft()

    @property
    def texts_per_second(self) -> float:
        """Vectors received per second."""
        seconds = self._samples[-1][0] - self._samples[0][0]
        return (self._samples[-1][1] - self._samples[0][1]) / seconds if seconds > 0 else 0.0

    def seconds_left(self, total: int) -> float | None:
        """Return the time until all bytes are read, or None if nothing was read recently."""
        seconds = self._samples[-1][0] - self._samples[0][0]
        bytes_read = self._samples[-1][2] - self._samples[0][2]
        if seconds <= 0 or bytes_read <= 0:
            return None
        return (total - self._samples[-1][2]) * seconds / bytes_read


class Progress(Protocol):
    """Shows the progress."""

    def update(self, bytes_read: int, counts: Counts) -> None:
        """Show how many bytes of the inputs are processed, and the counts."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def progress_on(console: Console, total: int | None) -> Progress:
    """Return the progress display for a console.

    Args:
        console: Console to write to.
        total: Total size of the inputs in bytes, or None if unknown.
    """
    return BarProgress(console, total) if console.is_interactive else LineProgress(console, total)


class BarProgress:
    """A progress bar."""

    def __init__(
        self, console: Console, total: int | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bar = Bar(
            BarColumn(bar_width=20),
            TaskProgressColumn(),
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            console=console,
        )
        self._task = self._bar.add_task("starting", total=None if total is None else max(1, total))
        self._text = _ProgressText(total, clock)

    def update(self, bytes_read: int, counts: Counts) -> None:
        """Move the bar."""
        text = self._text.format(bytes_read, counts)
        self._bar.update(self._task, completed=bytes_read, description=text)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()


class LineProgress:
    """A line every ten seconds, for logs."""

    def __init__(
        self, console: Console, total: int | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._total = total
        self._clock = clock
        self._text = _ProgressText(total, clock)
        self._printed_at = clock()

    def update(self, bytes_read: int, counts: Counts) -> None:
        """Print a line if the interval since the last one is over."""
        text = self._text.format(bytes_read, counts)
        if self._clock() - self._printed_at < _LINE_INTERVAL:
            return
        self._printed_at = self._clock()
        share = "" if self._total is None else f"{bytes_read / max(1, self._total):4.0%}  "
        self._console.print(f"{share}{text}", highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Do nothing: there is nothing to restore."""


class _ProgressText:
    """Formats counts, rate and remaining time."""

    def __init__(self, total: int | None, clock: Callable[[], float]) -> None:
        self._total = total
        self._clock = clock
        self._rate = Rate()
        self._rate.add(clock(), 0, 0)

    def format(self, bytes_read: int, counts: Counts) -> str:
        self._rate.add(self._clock(), counts.embedded, bytes_read)
        seconds = None if self._total is None else self._rate.seconds_left(self._total)
        remaining = "" if seconds is None else f"{timedelta(seconds=round(seconds))} left, "
        return f"{self._rate.texts_per_second:,.0f}/s, {remaining}{counts}"
