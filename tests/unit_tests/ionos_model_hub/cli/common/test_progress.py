"""Progress on terminals and in logs."""

from io import StringIO

from rich.console import Console

from ionos_model_hub.cli.common.progress import (
    BarProgress,
    Counts,
    LineProgress,
    Rate,
    progress_on,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_rate_of_the_last_half_minute() -> None:
    rate = Rate()
    rate.add(0, 0, 0)
    assert rate.per_second == 0
    assert rate.seconds_left(100) is None
    rate.add(10, 0, 50)
    rate.add(100, 0, 50)
    assert rate.seconds_left(100) is None
    rate.add(101, 20, 60)
    assert rate.per_second == 20
    assert rate.seconds_left(100) == 4


def test_log_has_a_line_every_ten_seconds() -> None:
    clock, written = Clock(), StringIO()
    with LineProgress(Console(file=written, width=20), 1000, clock) as progress:
        for second in range(25):
            clock.now = 100.0 + second
            progress.update(second * 10, Counts(second * 300, 1, 2))
    assert written.getvalue().splitlines() == [
        " 10%  300/s, 0:01:30 left, 3,000 embedded, 1 unchanged, 2 rejected",
        " 20%  300/s, 0:01:20 left, 6,000 embedded, 1 unchanged, 2 rejected",
    ]


def test_terminal_shows_a_bar() -> None:
    clock, written = Clock(), StringIO()
    console = Console(file=written, width=120, force_terminal=True, force_interactive=True)
    with BarProgress(console, 1000, clock) as progress:
        clock.now += 2
        progress.update(500, Counts(64, 0, 0))
    assert "50%" in written.getvalue()
    assert "32/s, 0:00:02 left, 64 embedded, 0 unchanged, 0 rejected" in written.getvalue()


def test_display_depends_on_the_console() -> None:
    terminal = Console(file=StringIO(), force_terminal=True, force_interactive=True)
    assert isinstance(progress_on(terminal, 1), BarProgress)
    assert isinstance(progress_on(Console(file=StringIO()), 1), LineProgress)


def test_unknown_size_has_no_percentage() -> None:
    clock, written = Clock(), StringIO()
    with LineProgress(Console(file=written), None, clock) as progress:
        clock.now += 11
        progress.update(500, Counts(110, 0, 0))
    assert written.getvalue() == "10/s, 110 embedded, 0 unchanged, 0 rejected\n"
    terminal = StringIO()
    console = Console(file=terminal, width=120, force_terminal=True, force_interactive=True)
    with BarProgress(console, None, clock) as bar:
        bar.update(500, Counts(1, 0, 0))
    assert "0/s, 1 embedded, 0 unchanged, 0 rejected" in terminal.getvalue()
    assert "left" not in terminal.getvalue()
