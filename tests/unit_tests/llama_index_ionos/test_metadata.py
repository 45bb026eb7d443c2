import pytest

from ionos_model_hub.catalogue import MODELS
from llama_index_ionos import IONOS
from llama_index_ionos.metadata import calls_functions, context_window_of, writes_schemas


def test_context_windows_come_from_the_catalogue() -> None:
    for model in MODELS:
        if model.context_window:
            assert context_window_of(model.id) == model.context_window
    assert context_window_of("nobody/knows-me") == 16_384


def test_what_models_can_do_comes_from_the_catalogue() -> None:
    assert not calls_functions("mistralai/Mistral-Nemo-Instruct-2407")
    assert not writes_schemas("lightonai/LightOnOCR-2-1B")
    assert calls_functions("nobody/knows-me")
    assert writes_schemas("nobody/knows-me")


@pytest.mark.parametrize("model", [*(model.id for model in MODELS), "nobody/knows-me"])
def test_metadata_never_raises(model: str) -> None:
    metadata = IONOS(api_key="any", model=model).metadata
    assert metadata.model_name == model
    assert metadata.context_window > 0
    assert metadata.is_chat_model


def test_fields_go_before_the_catalogue() -> None:
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


def test_a_completion_model_calls_no_functions() -> None:
    metadata = IONOS(api_key="any", is_chat_model=False).metadata
    assert not metadata.is_function_calling_model
    assert not metadata.is_chat_model
    assert metadata.num_output == 256
