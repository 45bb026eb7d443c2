"""Timers of the command line."""

import signal
import sys

import pytest

from ionos_model_hub.cli.common.signals import regular_wake_ups


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no interval timers")
@pytest.mark.parametrize("seconds", [0, 1000])
def test_wake_ups_restore_the_timer_and_its_handler(seconds: float) -> None:
    handler = signal.getsignal(signal.SIGALRM)
    before = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with regular_wake_ups():
            assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] < 1
        assert signal.getsignal(signal.SIGALRM) is handler
        remaining, interval = signal.getitimer(signal.ITIMER_REAL)
        assert (bool(remaining), interval) == (bool(seconds), 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)
