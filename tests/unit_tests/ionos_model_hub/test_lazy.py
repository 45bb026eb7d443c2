"""Public names that are loaded when they are first used."""

import importlib
import pickle
import subprocess
import sys

import pytest

ADAPTERS = ["langchain_ionos", "llama_index_ionos"]
TRANSPORT = {
    f"ionos_model_hub.{name}" for name in ("client", "async_client", "transport", "wire.requests")
} | {"httptools"}


def loaded_by(code: str) -> set[str]:
    """The modules that some code loads in a fresh process."""
    seen = f"{code}\nimport sys; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    return set(told.stdout.split())


@pytest.mark.parametrize("package", ADAPTERS)
def test_every_public_name_is_there_and_listed(package: str) -> None:
    module = importlib.import_module(package)
    for name in module.__all__:
        assert getattr(module, name).__name__ == name
        assert name in dir(module)
        assert pickle.loads(pickle.dumps(getattr(module, name))) is getattr(module, name)


@pytest.mark.parametrize("package", ["ionos_model_hub", *ADAPTERS])
def test_a_name_that_is_not_there(package: str) -> None:
    module = importlib.import_module(package)
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'ChatOpenAI'"):
        _ = module.ChatOpenAI


@pytest.mark.parametrize(
    ("package", "wanted", "others"),
    [
        (
            "langchain_ionos",
            "ChatIONOS",
            {"embeddings", "image_tool", "llms", "output_parsers", "rerank"},
        ),
        ("llama_index_ionos", "IONOS", {"embeddings", "image_tool", "rerank"}),
    ],
    ids=ADAPTERS,
)
def test_a_name_loads_no_more_than_it_needs(package: str, wanted: str, others: set[str]) -> None:
    loaded = loaded_by(f"from {package} import {wanted}")
    assert not {f"{package}.{name}" for name in others} & loaded


@pytest.mark.parametrize(
    "code",
    [
        "import ionos_model_hub",
        "from langchain_ionos import ChatIONOS; ChatIONOS(api_key='any')",
        "from llama_index_ionos import IONOS; IONOS(api_key='any')",
    ],
    ids=["core", *ADAPTERS],
)
def test_the_transport_is_loaded_with_the_first_call_only(code: str) -> None:
    assert not TRANSPORT & loaded_by(code)


def test_a_client_loads_the_transport_it_needs() -> None:
    loaded = loaded_by("from ionos_model_hub import Client; Client(api_key='any')")
    assert {
        "ionos_model_hub.client",
        "ionos_model_hub.transport.http.client",
        "httptools",
    } <= loaded
    assert (
        not {"ionos_model_hub.async_client", "ionos_model_hub.transport.async_io", "tenacity"}
        & loaded
    )
