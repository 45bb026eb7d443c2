"""The command line, as a user runs it."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from ionos_model_hub.cli import main
from ionos_model_hub.emulator import Emulator, Reply


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `ionos-model-hub` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ionos_model_hub.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "COLUMNS": "100", **environment},
    )


def test_demo_without_a_token_runs_on_the_emulator() -> None:
    shown = command("demo")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "No token is set" in shown.stdout
    assert "berth_price" in shown.stdout
    assert "57.00 EUR" in shown.stdout
    assert "Booking(" in shown.stdout
    assert "Storm warnings" in shown.stdout
    assert "Everything worked." in shown.stdout
    assert shown.stderr == ""


def test_demo_with_a_token_runs_on_the_hub_it_names(ionos_emulator: Emulator) -> None:
    shown = command("demo", IONOS_API_KEY="mine", IONOS_BASE_URL=ionos_emulator.base_url)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert f"Talking to {ionos_emulator.base_url}" in shown.stdout
    assert len(ionos_emulator.requests) > 5


def test_demo_fails_if_a_part_fails(ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(status=400, json={"error": {"message": "broken", "type": "x"}}))
    shown = command("demo", IONOS_API_KEY="mine", IONOS_BASE_URL=ionos_emulator.base_url)
    assert shown.returncode == 1
    assert "Did not work: stream." in shown.stdout


def test_models_are_shown_with_what_is_known(ionos_emulator: Emulator) -> None:
    shown = command("models", IONOS_API_KEY="mine", IONOS_BASE_URL=ionos_emulator.base_url)
    assert shown.returncode == 0
    assert re.search(r"BAAI/bge-m3 +│ embedding │ 8,192 +│ 1,024", shown.stdout)
    (hint,) = re.findall("^.* are too many for pgvector's indexes.*$", shown.stdout, re.MULTILINE)
    assert hint.startswith("Qwen/Qwen3-VL-Embedding-8B: 4,096 numbers")


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "No API key was given. Pass api_key, or set IONOS_API_KEY."),
        ({"IONOS_API_KEY": "0b1f7a36-6d3b-4c0e-8f0e-3f0a6b2f9c11"}, "the id of a token"),
        ({"IONOS_API_KEY": "k", "IONOS_BASE_URL": "https://example.com"}, "must end in /v1"),
    ],
    ids=["no key", "token id", "no /v1"],
)
def test_errors_are_one_readable_line(environment: dict[str, str], told: str) -> None:
    shown = command("models", **environment)
    assert shown.returncode == 1
    assert told in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_emulator_serves_until_it_is_ended() -> None:
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
        request = urllib.request.Request(  # it is http
            "http://127.0.0.1:18499/v1/models", headers={"Authorization": "Bearer any"}
        )
        for _ in range(100):
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # http
                    assert answer.status == 200
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        else:
            pytest.fail("the emulator never answered")
    finally:
        server.terminate()
        server.communicate(timeout=20)


def test_version_and_help() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", command("--version").stdout)
    assert "emulator" in command("--help").stdout
    assert command("nonsense").returncode == 2


@pytest.mark.parametrize(
    ("name", "missing", "told"),
    [
        ("demo", "langchain", "needs langchain"),
        ("models", "rich", "needs rich"),
        ("emulator", "starlette", "ionos-model-hub[emulator]"),
    ],
)
def test_a_missing_extra_is_named(
    name: str,
    missing: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for module in [each for each in sys.modules if each.startswith(("ionos_model_hub.", missing))]:
        if module.startswith((missing, f"ionos_model_hub.cli.{name}", "ionos_model_hub.emulator")):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    assert main([name]) == 1
    assert told in capsys.readouterr().err
