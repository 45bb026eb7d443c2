"""LangChain's integration tests for chat models: a real model behind the emulated hub."""

from typing import Any

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")


@pytest.fixture(autouse=True)
def hub(gateway: Emulator, smollm2_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_BASE_URL", gateway.base_url)


class TestChatModel(ChatModelIntegrationTests):
    @property
    def chat_model_class(self) -> type[ChatIONOS]:
        return ChatIONOS

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"temperature": 0, "max_tokens": 80}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "meta-llama/Llama-3.3-70B-Instruct"
