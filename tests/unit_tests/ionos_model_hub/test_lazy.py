"""Public names that are loaded when they are first used."""

import importlib
import pickle
import subprocess
import sys

import pytest

ADAPTERS = ["langchain_ionos", "llama_index_ionos"]


@pytest.mark.parametrize("package", ADAPTERS)
def test_every_public_name_is_there_and_listed(package: str) -> None:
    module = importlib.import_module(package)
    for name in module.__all__:
        assert getattr(module, name).__name__ == name
        assert name in dir(module)
        assert pickle.loads(pickle.dumps(getattr(module, name))) is getattr(module, name)


@pytest.mark.parametrize("package", ADAPTERS)
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
            {f"langchain_ionos.{name}" for name in ("embeddings", "image_tool", "llms", "rerank")}
            | {"tenacity"},
        ),
        (
            "llama_index_ionos",
            "IONOS",
            {f"llama_index_ionos.{name}" for name in ("embeddings", "image_tool", "rerank")},
        ),
    ],
    ids=ADAPTERS,
)
def test_a_name_loads_no_more_than_it_needs(package: str, wanted: str, others: set[str]) -> None:
    seen = f"import sys; from {package} import {wanted}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert not others & set(told.stdout.split())
