"""Tell how far the work is: a bar on a terminal, else a line now and then."""

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

_WINDOW = 30.0
_BETWEEN_LINES = 10.0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many vectors came, were there already, or did not come."""

    embedded: int
    unchanged: int
    rejected: int

    def __str__(self) -> str:
        return (
            f"{self.embedded:,} embedded, {self.unchanged:,} unchanged, {self.rejected:,} rejected"
        )


@dataclass(slots=True)
class Rate:
    """How fast it went in the last half minute.

    Example:
        >>> rate = Rate()
        >>> rate.note(0.0, embedded=0, reached=0)
        >>> rate.note(2.0, embedded=100, reached=1000)
        >>> rate.texts_per_second, rate.seconds_left(total=3000)
        (50.0, 4.0)
    """

    _seen: deque[tuple[float, int, int]] = field(default_factory=deque)

    def note(self, now: float, embedded: int, reached: int) -> None:
        """Note how far it is."""
        self._seen.append((now, embedded, reached))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()

    @property
    def texts_per_second(self) -> float:
        """Vectors that came in a second."""
        seconds = self._seen[-1][0] - self._seen[0][0]
        return (self._seen[-1][1] - self._seen[0][1]) / seconds if seconds > 0 else 0.0

    def seconds_left(self, total: int) -> float | None:
        """Return the time until all bytes are reached, or None while nothing moves."""
        seconds = self._seen[-1][0] - self._seen[0][0]
        moved = self._seen[-1][2] - self._seen[0][2]
        return (total - self._seen[-1][2]) * seconds / moved if seconds > 0 and moved > 0 else None


class Progress(Protocol):
    """Whoever is told how far the work is."""

    def update(self, reached: int, counts: Counts) -> None:
        """Take note: so many bytes of the inputs are behind, with these counts."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def progress_on(console: Console, total: int) -> Progress:
    """Return what suits a console; `total` are the bytes of all inputs."""
    return BarProgress(console, total) if console.is_interactive else LineProgress(console, total)


class BarProgress:
    """A bar that moves."""

    def __init__(
        self, console: Console, total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bar = Bar(
            BarColumn(bar_width=20),
            TaskProgressColumn(),
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            console=console,
        )
        self._task = self._bar.add_task("starts", total=max(1, total))
        self._story = _Story(total, clock)

    def update(self, reached: int, counts: Counts) -> None:
        """Move the bar."""
        told = self._story.tell(reached, counts)
        self._bar.update(self._task, completed=reached, description=told)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()


class LineProgress:
    """A line each ten seconds, for logs."""

    def __init__(
        self, console: Console, total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._total = total
        self._clock = clock
        self._story = _Story(total, clock)
        self._told_at = clock()

    def update(self, reached: int, counts: Counts) -> None:
        """Print a line, if the last one is long enough ago."""
        told = self._story.tell(reached, counts)
        if self._clock() - self._told_at < _BETWEEN_LINES:
            return
        self._told_at = self._clock()
        share = reached / max(1, self._total)
        self._console.print(f"{share:4.0%}  {told}", highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing has to be put back."""


class _Story:
    """Puts counts, rate and time left into words."""

    def __init__(self, total: int, clock: Callable[[], float]) -> None:
        self._total = total
        self._clock = clock
        self._rate = Rate()
        self._rate.note(clock(), 0, 0)

    def tell(self, reached: int, counts: Counts) -> str:
        self._rate.note(self._clock(), counts.embedded, reached)
        left = self._rate.seconds_left(self._total)
        remaining = "" if left is None else f"{timedelta(seconds=round(left))} left, "
        return f"{self._rate.texts_per_second:,.0f}/s, {remaining}{counts}"
