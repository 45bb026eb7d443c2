"""`hub_or_emulator`: the hub if the environment contains a key, else an emulator."""

import os
import subprocess
import sys

import pytest

from ionos_model_hub import Client, ConfigurationError
from ionos_model_hub.emulator import Emulator
from ionos_model_hub.emulator.fallback import hub_or_emulator
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

SCRIPT = """
from ionos_model_hub import Client
from ionos_model_hub.emulator.fallback import hub_or_emulator

with Client(**hub_or_emulator()) as client:
    print(client.chat([{"role": "user", "content": "Say exactly: Hallo"}]).text)
"""


def test_without_a_key_an_emulator_is_started_and_the_environment_kept() -> None:
    before = dict(os.environ)
    connection = hub_or_emulator()
    with Client(**connection) as client:
        assert "BAAI/bge-m3" in [model.id for model in client.models()]
    assert dict(os.environ) == before


def test_arguments_work_for_all_packages() -> None:
    connection = hub_or_emulator()
    assert ChatIONOS(**connection).invoke("Say exactly: Hallo").text == "Hallo"
    assert str(IONOS(**connection).complete("Say exactly: Hallo")) == "Hallo"


def test_second_call_returns_the_same_emulator() -> None:
    assert hub_or_emulator() == hub_or_emulator() != {}


def test_with_a_key_the_environment_is_used(ionos_emulator_env: Emulator) -> None:
    assert hub_or_emulator() == {}
    with Client(**hub_or_emulator()) as client:
        client.models()
    assert len(ionos_emulator_env.requests) == 1


def test_malformed_key_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "0b1f7a36-6d3b-4c0e-8f0e-3f0a6b2f9c11")
    with pytest.raises(ConfigurationError, match="the id of a token"):
        hub_or_emulator()


def test_emulator_stops_with_the_process() -> None:
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, timeout=100
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, "Hallo\n", "")
