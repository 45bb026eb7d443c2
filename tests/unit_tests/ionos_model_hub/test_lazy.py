"""Public names are loaded on first use."""

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
    """Return the modules that some code loads in a new process."""
    command = [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return set(output.split())


@pytest.mark.parametrize("package", ADAPTERS)
def test_public_names_exist_and_are_listed(package: str) -> None:
    module = importlib.import_module(package)
    for name in module.__all__:
        assert getattr(module, name).__name__ == name
        assert name in dir(module)
        assert pickle.loads(pickle.dumps(getattr(module, name))) is getattr(module, name)


@pytest.mark.parametrize("package", ["ionos_model_hub", *ADAPTERS])
def test_unknown_names_are_attribute_errors(package: str) -> None:
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
def test_names_load_only_their_own_modules(package: str, wanted: str, others: set[str]) -> None:
    loaded = loaded_by(f"from {package} import {wanted}")
    assert not {f"{package}.{name}" for name in others} & loaded


def test_importing_the_core_loads_no_dependency() -> None:
    loaded = loaded_by("import ionos_model_hub; ionos_model_hub.find_model('any')")
    assert not {"pydantic", "pydantic_core", "httpx", "httptools", "tenacity"} & loaded


@pytest.mark.parametrize(
    "code",
    [
        "import ionos_model_hub",
        "import ionos_model_hub.types; ionos_model_hub.Settings(api_key='any')",
        "from langchain_ionos import ChatIONOS; ChatIONOS(api_key='any')",
        "from llama_index_ionos import IONOS; IONOS(api_key='any')",
    ],
    ids=["core", "settings", *ADAPTERS],
)
def test_transport_is_loaded_with_the_first_call(code: str) -> None:
    assert not TRANSPORT & loaded_by(code)


def test_clients_load_only_the_transport_that_they_need() -> None:
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


def test_first_settings_may_be_created_by_several_threads_at_once() -> None:
    loaded_by(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from ionos_model_hub import Settings\n"
        "with ThreadPoolExecutor(32) as pool:\n"
        "    list(pool.map(lambda n: Settings(api_key='any', max_retries=n), range(32)))\n"
    )
