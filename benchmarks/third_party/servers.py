"""Install and run third-party test servers, each in its own environment."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

LLMOCK = "llmock==0.2.2"
AIMOCK = "@copilotkit/aimock@1.43.0"
KEY = "third-party-key"
FIXTURES = Path(__file__).with_name("fixtures.json")


@contextmanager
def llmock(folder: Path) -> Iterator[str]:
    """Serve LLMock in its own virtual environment, because its pytest plugin changes variables.

    Yields:
        Its URL.
    """
    root = folder / "llmock"
    if not root.exists():
        _run(sys.executable, "-m", "venv", str(root))
        _run(str(root / "bin" / "pip"), "install", "--quiet", LLMOCK)
    port = _free_port()
    options = ["serve", "--port", str(port), "--log-level", "warning"]
    with _serving([str(root / "bin" / "llmock"), *options], port) as url:
        yield url


@contextmanager
def aimock(folder: Path) -> Iterator[str]:
    """Serve aimock with `fixtures.json`; it accepts only `KEY`, and needs node and npm.

    Yields:
        Its URL.
    """
    root = folder / "aimock"
    if not root.exists():
        root.mkdir(parents=True)
        npm = shutil.which("npm") or "npm"
        _run(npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", AIMOCK, cwd=root)
    port = _free_port()
    command = [shutil.which("node") or "node", str(root / "node_modules" / ".bin" / "llmock")]
    options = ["-p", str(port), "-f", str(FIXTURES), "--log-level", "silent", "--chunk-size", "3"]
    with _serving([*command, *options], port, AIMOCK_API_KEYS=KEY) as url:
        yield url


def _run(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _serving(command: list[str], port: int, **environment: str) -> Iterator[str]:
    server = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(10)
