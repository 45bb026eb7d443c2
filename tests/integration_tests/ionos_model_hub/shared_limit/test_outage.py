"""A process without its store keeps its own limit, warns once, and returns to the store."""

import sqlite3
from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.shared_limit.conftest import Processes, RedisServer

from ionos_model_hub import Client
from ionos_model_hub.emulator import Emulator
from ionos_model_hub.transport.shared_limit import store as store_module

USER = [{"role": "user", "content": "Say exactly: Hallo"}]
UNAVAILABLE, AVAILABLE = "WARNING", "INFO"


def levels(caplog: pytest.LogCaptureFixture) -> list[str]:
    records = [record for record in caplog.records if "shared rate limit" in record.message]
    return [record.levelname for record in records]


class Outage:
    """Makes a store unavailable and available again."""

    def __init__(self, location: str, request: pytest.FixtureRequest, folder: Path) -> None:
        self._folder = folder
        self._server: RedisServer | None = None
        if location.startswith("redis"):
            self._server = request.getfixturevalue("redis_server")

    def begin(self) -> None:
        if self._server is not None:
            self._server.stop()
            return
        path = self._folder / "limits.sqlite3"
        path.unlink(missing_ok=True)
        path.mkdir()

    def end(self) -> None:
        if self._server is not None:
            self._server.start()
        else:
            (self._folder / "limits.sqlite3").rmdir()


@pytest.fixture
def outage(location: str, request: pytest.FixtureRequest, tmp_path: Path) -> Outage:
    return Outage(location, request, tmp_path)


def test_call_succeeds_during_an_outage_with_one_warning(
    outage: Outage,
    location: str,
    ionos_emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(store_module, "SECONDS_BETWEEN_PROBES", 0.0)
    options = {"requests_per_second": 1000, "burst": 1000, "shared_rate_limit": location}
    with Client(api_key="any", base_url=ionos_emulator.base_url, **options) as client:  # type: ignore[arg-type]
        client.chat(USER)
        assert levels(caplog) == []
        for number in range(1, 3):
            outage.begin()
            for _ in range(5):
                client.chat(USER)
            assert levels(caplog) == [UNAVAILABLE, AVAILABLE] * (number - 1) + [UNAVAILABLE]
            outage.end()
            while len(levels(caplog)) < 2 * number:
                client.chat(USER)
            client.chat(USER)
            assert levels(caplog) == [UNAVAILABLE, AVAILABLE] * number


def test_file_that_is_locked_for_long_is_an_outage(
    tmp_path: Path, ionos_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "limits.sqlite3"
    options = {"requests_per_second": 1000, "shared_rate_limit": path.as_uri()}
    with Client(api_key="any", base_url=ionos_emulator.base_url, **options) as client:  # type: ignore[arg-type]
        client.chat(USER)
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        client.chat(USER)
        connection.close()
    assert levels(caplog) == [UNAVAILABLE]
    assert "database is locked" in caplog.text


@pytest.mark.slow
def test_processes_survive_a_restart_of_redis(
    redis_server: RedisServer, ionos_emulator: Emulator
) -> None:
    processes = Processes(ionos_emulator.base_url, redis_server.url, 10, 9)
    try:
        for kind in ("async", "sync", "async"):
            processes.start(kind, 100)
        for process in processes.running:
            read_lines(process.stdout, 10)
        redis_server.stop()
        for process in processes.running:
            read_lines(process.stdout, 20)
        redis_server.start()
        logs = processes.finish()
    finally:
        processes.stop()
    for log in logs:
        assert log.count("WARNING") == 1
        assert log.count("is available again") == 1
    assert len(ionos_emulator.requests) == 300


def read_lines(stream: object, count: int) -> None:
    for _ in range(count):
        stream.readline()  # type: ignore[attr-defined]
