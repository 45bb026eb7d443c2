"""LangChain's standard tests for embeddings, unit and integration."""

from typing import Any

import pytest
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from ionos_model_hub.emulator import Emulator
from langchain_ionos import IONOSEmbeddings


class TestUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[IONOSEmbeddings]:
        return IONOSEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "BAAI/bge-m3", "api_key": "key"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"IONOS_API_KEY": "key-of-env", "IONOS_BASE_URL": "http://localhost:1/v1"},
            {"model": "BAAI/bge-m3"},
            {
                "api_key": "key-of-env",
                "base_url": "http://localhost:1/v1",
                "model": "BAAI/bge-m3",
            },
        )


@pytest.mark.usefixtures("ionos_emulator_env")
class TestIntegration(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[IONOSEmbeddings]:
        return IONOSEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "Qwen/Qwen3-VL-Embedding-8B"}


def test_standard_tests_use_the_emulator(ionos_emulator_env: Emulator) -> None:
    IONOSEmbeddings().embed_query("Hi")
    assert ionos_emulator_env.requests[0].path == "/v1/embeddings"
