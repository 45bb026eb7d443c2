"""Count the open files and sockets of this process."""

import gc
import os
import time


def count_descriptors() -> int:
    """Collect garbage, and return the number of open files and sockets."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def descriptors_fall_to(maximum: int) -> bool:
    """Wait until the server, which shares the process, has closed its ends of connections."""
    for _ in range(100):
        if count_descriptors() <= maximum:
            return True
        time.sleep(0.05)
    return False
