"""The recipes of docs/scaling.md for gunicorn and Celery: all workers keep one limit."""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from integration_tests.ionos_model_hub.shared_limit.conftest import RedisServer

from ionos_model_hub.emulator import Emulator

PAGE = Path(__file__).parents[4] / "docs" / "scaling.md"
CALLS = 40
APPLICATION = """
from ionos_model_hub import Client

client = Client(requests_per_second=20, burst=1)

def application(environ, start_response):
    text = client.chat([{"role": "user", "content": "Say exactly: Hello"}]).text
    start_response("200 OK", [("content-type", "text/plain")])
    return [text.encode()]
"""
SEND_TASKS = f"""
from tasks import summarize

results = [summarize.delay(f"text {{number}}") for number in range({CALLS})]
assert all(result.get(timeout=60) for result in results)
"""


def recipe(name: str) -> str:
    """Return the code block of the page that begins with this file name."""
    match = re.search(rf"```py\n# {re.escape(name)}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert match is not None
    return match[1]


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator that allows 20 requests per second, for processes that inherit its address."""
    with Emulator(requests_per_second=20, burst=10) as emulator:
        monkeypatch.setenv("IONOS_BASE_URL", emulator.base_url)
        monkeypatch.setenv("IONOS_API_KEY", "one-contract")
        yield emulator


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[str]:
    """Run a module of Python; yield the first line of its log with an address or 'ready'."""
    with subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=folder, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            yield next(line for line in process.stderr if re.search("http://|ready", line))
        finally:
            process.terminate()
            process.communicate()


def check_requests(emulator: Emulator) -> None:
    statuses = [request.response.status for request in emulator.requests]
    assert statuses.count(200) == CALLS
    assert statuses.count(429) <= 1


def test_gunicorn(limited: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gunicorn")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "service.py").write_text(APPLICATION)
    (tmp_path / "gunicorn.conf.py").write_text(recipe("gunicorn.conf.py"))
    options = ["--bind", "127.0.0.1:0", "--threads", "4", "--no-control-socket"]
    with running(tmp_path, "gunicorn", *options, "service:application") as line:
        url = line.split()[line.split().index("at:") + 1]
        with httpx.Client(timeout=60, trust_env=False) as client, ThreadPoolExecutor(CALLS) as pool:
            texts = list(pool.map(lambda _: client.get(url).text, range(CALLS)))
    assert texts == ["Hello"] * CALLS
    check_requests(limited)
    assert list(tmp_path.glob("ionos-model-hub-*/limits.sqlite3"))


def test_celery(limited: Emulator, redis_server: RedisServer, tmp_path: Path) -> None:
    pytest.importorskip("celery")
    code = recipe("tasks.py").replace("localhost:6379", f"127.0.0.1:{redis_server.port}")
    code = code.replace("ChatIONOS(\n", "ChatIONOS(\n    requests_per_second=20, burst=1,\n")
    (tmp_path / "tasks.py").write_text(code)
    options = ["--concurrency", "4", "--loglevel", "info"]
    with running(tmp_path, "celery", "-A", "tasks", "worker", *options):
        subprocess.run([sys.executable, "-c", SEND_TASKS], cwd=tmp_path, check=True, timeout=100)
    check_requests(limited)
