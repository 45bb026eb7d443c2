"""End a run on SIGTERM and SIGHUP in the same way as on Ctrl-C: commit, then exit."""

import asyncio
import signal
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = () if sys.platform == "win32" else ("SIGTERM", "SIGHUP")
_WAKE_UP_SECONDS = 0.5


class TerminatedError(KeyboardInterrupt):
    """A signal ended the run.

    Attributes:
        signal_number: The signal.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__()
        self.signal_number = signal_number


@contextmanager
def termination_as_exception() -> Iterator[None]:
    """Raise TerminatedError when a signal arrives.

    Signals that are ignored, such as SIGHUP under nohup, stay ignored.
    """
    previous = {number: signal.getsignal(number) for number in _handled_signals()}
    for number in previous:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def regular_wake_ups() -> Iterator[None]:
    """Interrupt blocking calls twice a second, in which Python then handles pending signals.

    Otherwise a signal that arrives just before Python's readline waits for a key, or in another
    thread, would be handled only after the next key.
    """
    if sys.platform == "win32" or not _is_main_thread():
        yield
        return
    previous = signal.signal(signal.SIGALRM, lambda *_: None)
    timer = signal.setitimer(signal.ITIMER_REAL, _WAKE_UP_SECONDS, _WAKE_UP_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        signal.setitimer(signal.ITIMER_REAL, *timer)


def run_until_signal(main: Coroutine[None, None, None]) -> None:
    """Run a coroutine; on a signal, cancel it and raise TerminatedError once it has ended."""
    received: list[int] = []
    try:
        asyncio.run(_cancel_on_signal(main, received))
    except asyncio.CancelledError:
        if not received:
            raise
    if received:
        raise TerminatedError(received[0])


async def _cancel_on_signal(main: Coroutine[None, None, None], received: list[int]) -> None:
    """Run a coroutine in a task of its own; a signal cancels it and is added to `received`."""
    task = asyncio.ensure_future(main)

    def cancel(number: int) -> None:
        received.append(number)
        task.cancel()

    loop = asyncio.get_running_loop()
    numbers = _handled_signals()
    for number in numbers:
        loop.add_signal_handler(number, cancel, number)
    try:
        await task
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, _raise)


def _handled_signals() -> list[signal.Signals]:
    if not _is_main_thread():
        return []
    numbers = [signal.Signals[name] for name in _NAMES]
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _raise(number: int, _: FrameType | None) -> None:
    raise TerminatedError(number)
