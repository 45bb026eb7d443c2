"""A minute of requests with faults and cancellations: every answer right, nothing left over.

`docs/soak_and_fuzz.md` tells of longer runs.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[3] / "benchmarks" / "soak" / "run.py"
SECONDS = os.environ.get("IONOS_TEST_SOAK_SECONDS", "60")
ROUND = "250"  # requests between two looks


@pytest.mark.timeout(1200)
def test_a_minute_of_requests() -> None:
    ran = subprocess.run(
        [sys.executable, str(SOAK), "--seconds", SECONDS, "--round", ROUND],
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    for way in ("answered", "recovered", "failed as it had to", "cancelled"):
        assert re.search(rf"{way}: [1-9]", ran.stdout), ran.stdout
