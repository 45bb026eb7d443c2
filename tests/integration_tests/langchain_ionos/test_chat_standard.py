"""LangChain's own integration tests for chat models, against the emulator."""

import base64
from typing import Any, Literal

import httpx
import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS

pytestmark = pytest.mark.filterwarnings(
    "ignore::langchain_core._api.LangChainBetaWarning",
    "ignore:Benchmark fixture was not used at all",  # when recording a cassette
)

VISION_MODEL = "mistralai/Mistral-Small-24B-Instruct"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def hub(ionos_emulator_env: Emulator) -> Emulator:
    return ionos_emulator_env


@pytest.fixture(scope="module")
def vcr_config() -> dict[str, Any]:
    """The emulator's port differs from run to run."""
    return {
        "record_mode": "once",
        "match_on": ["method", "path", "body"],
        "filter_headers": ["authorization"],
        "allow_playback_repeats": True,
    }


@pytest.fixture(autouse=True)
def no_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests fetch an image from GitHub."""
    monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(200, content=PIXEL))


class _Suite(ChatModelIntegrationTests):
    method: Literal["json_schema", "function_calling"]

    @property
    def chat_model_class(self) -> type[ChatIONOS]:
        return ChatIONOS

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": VISION_MODEL}

    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": self.method}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_image_inputs(self) -> bool:
        return True

    @property
    def supports_image_urls(self) -> bool:
        return True

    @property
    def supports_image_tool_message(self) -> bool:
        return True

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "meta-llama/Llama-3.3-70B-Instruct"

    @property
    def enable_vcr_tests(self) -> bool:
        return True


class TestWithJsonSchema(_Suite):
    method = "json_schema"


class TestWithFunctionCalling(_Suite):
    method = "function_calling"
