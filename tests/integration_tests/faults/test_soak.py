"""A soak test of requests with faults and cancellations; longer runs: `docs/soak_and_fuzz.md`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[3] / "benchmarks" / "soak" / "run.py"
ROUND = "250"  # Requests between two checks for leaks.


@pytest.mark.timeout(1200)
def test_soak(request: pytest.FixtureRequest) -> None:
    seconds = os.environ.get("IONOS_TEST_SOAK_SECONDS")
    if seconds is None and request.config.getoption("fault_matrix") != "full":
        # Growth of memory cannot be measured reliably in much less than a minute.
        pytest.skip("takes a minute; runs with --fault-matrix=full")
    completed = subprocess.run(
        [sys.executable, str(SOAK), "--seconds", seconds or "60", "--round", ROUND],
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert completed.stderr == ""
    for outcome in ("answered", "recovered", "failed as planned", "cancelled"):
        assert re.search(rf"{outcome}: [1-9]", completed.stdout), completed.stdout
