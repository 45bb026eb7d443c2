"""LangChain's own unit tests for chat models."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_ionos import ChatIONOS

# `dict()`, which these tests call, is deprecated in favour of `asdict()`.
pytestmark = pytest.mark.filterwarnings(
    "ignore::langchain_core._api.LangChainBetaWarning",
    "ignore::langchain_core._api.LangChainDeprecationWarning",
)


@pytest.fixture(autouse=True)
def class_allowed_by_load(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Add our class to LangChain's list for `load(allowed_objects="all")`."""
    load = importlib.import_module("langchain_core.load.load")
    path = ("langchain_ionos", "chat_models", "ChatIONOS")
    monkeypatch.setitem(load.ALL_SERIALIZABLE_MAPPINGS, path, path)
    load._default_class_paths_cache.clear()
    yield
    load._default_class_paths_cache.clear()


class TestChatIONOS(ChatModelUnitTests):
    @property
    def chat_model_class(self) -> type[ChatIONOS]:
        return ChatIONOS

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"api_key": "unit-test-key", "base_url": "http://localhost:1/v1"}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        params = super().standard_chat_model_params
        return {name: value for name, value in params.items() if name != "api_key"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"IONOS_API_KEY": "env-key", "IONOS_BASE_URL": "http://localhost:2/v1"},
            {"model": "openai/gpt-oss-120b"},
            {"api_key": "env-key", "base_url": "http://localhost:2/v1"},
        )
