"""LangChain's standard tests for tools, unit and integration."""

from typing import Any

import pytest
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from langchain_ionos import IONOSImageTool

ARGS = {"prompt": "A lighthouse at dusk", "size": "512x512"}


class TestUnit(ToolsUnitTests):
    @property
    def tool_constructor(self) -> type[IONOSImageTool]:
        return IONOSImageTool

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {"api_key": "key"}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return ARGS

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"IONOS_API_KEY": "key-of-env", "IONOS_BASE_URL": "http://localhost:1/v1"},
            {"size": "512x512"},
            {"api_key": "key-of-env", "base_url": "http://localhost:1/v1", "size": "512x512"},
        )


@pytest.mark.usefixtures("ionos_emulator_env")
class TestIntegration(ToolsIntegrationTests):
    @property
    def tool_constructor(self) -> type[IONOSImageTool]:
        return IONOSImageTool

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return ARGS
