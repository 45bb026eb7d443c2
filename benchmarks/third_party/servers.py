"""Installs and runs servers that others wrote, each away from our environment."""

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
    """Serve LLMock; its URL. Its pytest plugin rewrites variables, so it has its own Python."""
    home = folder / "llmock"
    if not home.exists():
        _run(sys.executable, "-m", "venv", str(home))
        _run(str(home / "bin" / "pip"), "install", "--quiet", LLMOCK)
    port = _free_port()
    options = ["serve", "--port", str(port), "--log-level", "warning"]
    with _serving([str(home / "bin" / "llmock"), *options], port) as url:
        yield url


@contextmanager
def aimock(folder: Path) -> Iterator[str]:
    """Serve aimock with `fixtures.json`, open to `KEY` only; its URL. It needs node and npm."""
    home = folder / "aimock"
    if not home.exists():
        home.mkdir(parents=True)
        npm = shutil.which("npm") or "npm"
        _run(npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", AIMOCK, cwd=home)
    port = _free_port()
    command = [shutil.which("node") or "node", str(home / "node_modules" / ".bin" / "llmock")]
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
