"""A Redis server, the places where a rate limit can be shared, and processes that make calls."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

CALLER = Path(__file__).with_name("caller.py")


class RedisServer:
    """Debian's redis-server on a free port, without persistence.

    Args:
        folder: Its working directory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it responds."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            ["redis-server", *options, "--dir", self._folder],  # noqa: S607
            stdout=subprocess.DEVNULL,
        )
        with redis.Redis.from_url(self.url) as client:
            for _ in range(200):
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.05)
                else:
                    return
        raise TimeoutError("redis-server did not start.")

    def stop(self) -> None:
        """Stop the server."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None


@pytest.fixture
def redis_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis server."""
    if shutil.which("redis-server") is None:
        if request.config.getoption("--require-all"):
            pytest.fail("redis-server is not installed")
        pytest.skip("redis-server is not installed")
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["file", "redis"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A value of the setting `shared_rate_limit`."""
    if request.param == "file":
        return (tmp_path / "limits.sqlite3").as_uri()
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


@dataclass
class Processes:
    """Starts processes that share a limit, and ends them with the test.

    Attributes:
        url: The base URL that they call.
        location: Where they share the limit.
        requests_per_second: Their limit.
        burst: Their burst.
        running: The processes.
    """

    url: str
    location: str
    requests_per_second: float
    burst: int
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, kind: str, count: int) -> subprocess.Popen[str]:
        """Start a process that makes some calls at once; `kind` is "sync" or "async"."""
        limits = [str(self.requests_per_second), str(self.burst)]
        process = subprocess.Popen(
            [sys.executable, CALLER, self.url, self.location, kind, str(count), *limits],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process

    def finish(self) -> list[str]:
        """Wait until all calls have succeeded; return the log of each process."""
        logs = []
        for process in self.running:
            _, log = process.communicate(timeout=100)
            assert process.returncode == 0, log
            logs.append(log)
        return logs

    def stop(self) -> None:
        """Kill the processes that are left."""
        for process in self.running:
            process.kill()
            process.communicate()
