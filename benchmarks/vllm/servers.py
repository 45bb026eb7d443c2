"""Start and stop a vLLM server with one of the tiny models."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

SERVE = Path(__file__).with_name("serve.sh")
KEY = "test-key"
START_TIMEOUT = 300
"""Seconds; a server took 20 to 60 s on two cores."""


@contextmanager
def serving(venv: Path, models: Path, kind: str) -> Iterator[str]:
    """Yield the base URL of a server of this kind."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = models / f"{kind}.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            ["sh", str(SERVE), str(venv), str(models), kind, str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}/v1"
    try:
        _wait_until_ready(server, url, log)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    ends_at = time.monotonic() + START_TIMEOUT
    while time.monotonic() < ends_at:
        if server.poll() is not None:
            raise RuntimeError(f"The server ended with {server.returncode}; see {log}.")
        try:
            httpx.get(f"{url}/models", headers={"authorization": f"Bearer {KEY}"})
        except httpx.TransportError:
            time.sleep(1)
        else:
            return
    raise RuntimeError(f"The server did not start within {START_TIMEOUT} s; see {log}.")
