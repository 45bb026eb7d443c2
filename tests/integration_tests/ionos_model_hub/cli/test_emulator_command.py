"""`ionos-model-hub emulator` as a process."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest


def test_emulator_serves_until_it_is_terminated() -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "ionos_model_hub.cli", "emulator", "--port", "18499"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert server.stdout is not None
        assert "http://127.0.0.1:18499/v1" in server.stdout.readline()
        request = urllib.request.Request(  # http to the local machine
            "http://127.0.0.1:18499/v1/models", headers={"Authorization": "Bearer any"}
        )
        for _ in range(100):
            try:
                with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310  # http
                    assert response.status == 200
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        else:
            pytest.fail("the emulator did not respond")
    finally:
        server.terminate()
        server.communicate(timeout=20)
