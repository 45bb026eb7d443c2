"""The lock of rendering is exclusive, and free in forked child processes."""

import os
import threading

import pytest

from ionos_model_hub.ocr.rendering_lock import RenderingLock


def test_one_thread_at_a_time() -> None:
    lock, entered = RenderingLock(), threading.Event()

    def enter() -> None:
        with lock:
            entered.set()

    with lock:
        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.02)
    assert entered.wait(10)
    thread.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_lock_is_free_in_a_child_process() -> None:
    lock = RenderingLock()
    with lock:
        child = os.fork()
        if not child:
            with lock:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
