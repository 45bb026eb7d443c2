"""Instrumentation of frameworks on top of ours counts the tokens of a call once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from framework_tokens import INSTRUMENTATIONS, PROMPT, count_tokens
from llama_index.core.instrumentation import get_dispatcher

from ionos_model_hub import Client
from ionos_model_hub.emulator import Emulator

PROGRAM = Path(__file__).parents[2] / "framework_tokens.py"


@pytest.fixture
def expected(ionos_emulator: Emulator) -> dict[str, list[int]]:
    """The tokens of two calls."""
    with Client(api_key="any", base_url=ionos_emulator.base_url) as client:
        usage = client.chat([{"role": "user", "content": PROMPT}]).usage
    assert usage
    tokens = [2 * usage.prompt_tokens, 2 * usage.completion_tokens]
    return {"spans": tokens, "metrics": tokens}


@pytest.fixture
def handlers() -> Iterator[None]:
    """Restore the handlers of LlamaIndex's events, which instrumentation leaves behind."""
    dispatcher = get_dispatcher()
    before = list(dispatcher.event_handlers), list(dispatcher.span_handlers)
    yield
    dispatcher.event_handlers, dispatcher.span_handlers = before


@pytest.mark.usefixtures("handlers")
@pytest.mark.filterwarnings("ignore:The `json` method:pydantic.warnings.PydanticDeprecationWarning")
@pytest.mark.parametrize("package", ["openinference", "openllmetry"])
def test_llama_index(
    ionos_emulator: Emulator, expected: dict[str, list[int]], package: str
) -> None:
    assert count_tokens("llama_index", package, ionos_emulator.base_url) == expected


@pytest.mark.parametrize("package", ["openinference", "openllmetry"])
def test_langchain(ionos_emulator: Emulator, expected: dict[str, list[int]], package: str) -> None:
    pytest.importorskip(INSTRUMENTATIONS["langchain", package].module)
    # In a separate process, because the instrumentation cannot be removed completely.
    command = [sys.executable, str(PROGRAM), "langchain", package, ionos_emulator.base_url]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == expected
