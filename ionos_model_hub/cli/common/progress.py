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
    """Numbers of results.

    Attributes:
        done: Number of results of this run.
        unchanged: Number of results that the output had already.
        rejected: Number of results that are missing.
        verb: How results are made, as a participle.
    """

    done: int
    unchanged: int
    rejected: int
    verb: str = "embedded"

    def __str__(self) -> str:
        return (
            f"{self.done:,} {self.verb}, {self.unchanged:,} unchanged, {self.rejected:,} rejected"
        )


@dataclass(slots=True)
class Rate:
    """The rate of the last half minute.

    Example:
        >>> rate = Rate()
        >>> rate.add(0.0, done=0, completed=0)
        >>> rate.add(2.0, done=100, completed=1000)
        >>> rate.per_second, rate.seconds_left(total=3000)
        (50.0, 4.0)
    """

    _samples: deque[tuple[float, int, int]] = field(default_factory=deque)

    def add(self, now: float, done: int, completed: int) -> None:
        """Add a sample."""
        self._samples.append((now, done, completed))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW_SECONDS:
            self._samples.popleft()

    @property
    def per_second(self) -> float:
        """Results per second."""
        seconds = self._samples[-1][0] - self._samples[0][0]
        return (self._samples[-1][1] - self._samples[0][1]) / seconds if seconds > 0 else 0.0

    def seconds_left(self, total: int) -> float | None:
        """Return the time until all is completed, or None if nothing was completed recently."""
        seconds = self._samples[-1][0] - self._samples[0][0]
        completed = self._samples[-1][2] - self._samples[0][2]
        if seconds <= 0 or completed <= 0:
            return None
        return (total - self._samples[-1][2]) * seconds / completed


class Progress(Protocol):
    """Shows the progress."""

    def update(self, completed: int, counts: Counts) -> None:
        """Show which part of the total is completed, and the counts."""

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
        total: Size of the work, for example in bytes or pages, or None if unknown.
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

    def update(self, completed: int, counts: Counts) -> None:
        """Move the bar."""
        text = self._text.format(completed, counts)
        self._bar.update(self._task, completed=completed, description=text)

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

    def update(self, completed: int, counts: Counts) -> None:
        """Print a line if the interval since the last one is over."""
        text = self._text.format(completed, counts)
        if self._clock() - self._printed_at < _LINE_INTERVAL:
            return
        self._printed_at = self._clock()
        share = "" if self._total is None else f"{completed / max(1, self._total):4.0%}  "
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

    def format(self, completed: int, counts: Counts) -> str:
        self._rate.add(self._clock(), counts.done, completed)
        seconds = None if self._total is None else self._rate.seconds_left(self._total)
        remaining = "" if seconds is None else f"{timedelta(seconds=round(seconds))} left, "
        return f"{self._rate.per_second:,.0f}/s, {remaining}{counts}"
