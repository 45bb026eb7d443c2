"""List the models of the emulator."""

import asyncio

import pytest
from langchain_core.exceptions import ModelAuthenticationError, ModelError

from ionos_model_hub.emulator import Emulator
from langchain_ionos import alist_models, list_models


def test_served_models_are_listed(ionos_emulator_env: Emulator) -> None:
    listed = list_models()
    assert "openai/gpt-oss-120b" in [model.id for model in listed]
    for _ in range(3):
        assert asyncio.run(alist_models(timeout=30)) == listed


async def test_errors_are_langchain_errors(ionos_emulator: Emulator) -> None:
    token_id = "2b1d1f0c-9a48-4b1f-8a55-0d7a4f6f4b11"
    with pytest.raises(ModelError, match="id of a token"):
        list_models(api_key=token_id)
    with Emulator(api_key="the-only-one") as hub:
        with pytest.raises(ModelAuthenticationError):
            list_models(api_key="another", base_url=hub.base_url)
        with pytest.raises(ModelAuthenticationError):
            await alist_models(api_key="another", base_url=hub.base_url)


def test_unknown_options_are_rejected() -> None:
    with pytest.raises(ModelError, match=r"list_models has no argument .* Did you mean 'timeout'"):
        list_models(api_key="k", timeot=3)  # type: ignore[call-arg]  # a misspelt name
