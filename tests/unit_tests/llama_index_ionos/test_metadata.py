import pytest

from ionos_model_hub.catalogue import MODELS
from llama_index_ionos import IONOS
from llama_index_ionos.metadata import context_window_of, supports_json_schema, supports_tools


def test_context_window_from_catalogue() -> None:
    for model in MODELS:
        if model.context_window:
            assert context_window_of(model.id) == model.context_window
    assert context_window_of("unknown/model") == 16_384


def test_capabilities_from_catalogue() -> None:
    assert not supports_tools("mistralai/Mistral-Nemo-Instruct-2407")
    assert not supports_json_schema("lightonai/LightOnOCR-2-1B")
    assert supports_tools("unknown/model")
    assert supports_json_schema("unknown/model")


@pytest.mark.parametrize("model", [*(model.id for model in MODELS), "unknown/model"])
def test_metadata_never_raises(model: str) -> None:
    metadata = IONOS(api_key="any", model=model).metadata
    assert metadata.model_name == model
    assert metadata.context_window > 0
    assert metadata.is_chat_model


def test_fields_take_precedence_over_catalogue() -> None:
    llm = IONOS(
        api_key="any",
        model="mistralai/Mistral-Nemo-Instruct-2407",
        context_window=1000,
        max_tokens=50,
        is_function_calling_model=True,
    )
    assert llm.metadata.context_window == 1000
    assert llm.metadata.num_output == 50
    assert llm.metadata.is_function_calling_model


def test_completion_model_does_not_support_tools() -> None:
    metadata = IONOS(api_key="any", is_chat_model=False).metadata
    assert not metadata.is_function_calling_model
    assert not metadata.is_chat_model
    assert metadata.num_output == 256
