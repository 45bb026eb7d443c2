"""`ionos-model-hub doctor` with a shared rate limit."""

from pathlib import Path

import pytest

from ionos_model_hub.cli import main
from ionos_model_hub.emulator import Emulator

VARIABLE = "IONOS_SHARED_RATE_LIMIT"


@pytest.fixture(autouse=True)
def connection(ionos_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "any")
    monkeypatch.setenv("IONOS_BASE_URL", ionos_emulator.base_url)


def test_no_shared_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "shared limit" not in capsys.readouterr().out


def test_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "limits.sqlite3"
    monkeypatch.setenv(VARIABLE, f"{path.as_uri()}#ours")
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    assert f"The rate limit is shared through the file {path}." in output


def test_stopped_redis_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("redis")
    monkeypatch.setenv(VARIABLE, "redis://:canary-password@127.0.0.1:1/0")
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    assert "Redis at 127.0.0.1:1 cannot be used" in output
    assert "Each process keeps its own limit." in output
    assert "canary" not in output


def test_invalid_value_is_an_error_of_this_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "memcached://localhost")
    assert main(["doctor"]) == 1
    output = capsys.readouterr().out
    assert "Errors: shared limit." in output
    assert "models are served" in output
