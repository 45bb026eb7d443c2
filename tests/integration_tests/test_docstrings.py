"""Every example in a docstring runs and prints what it says."""

import doctest
import pkgutil
from importlib import import_module
from types import ModuleType

import pytest

import ionos_model_hub
import ionos_model_hub.ray
import langchain_ionos
import llama_index_ionos
from ionos_model_hub.emulator import Emulator

PACKAGES: tuple[ModuleType, ...] = (ionos_model_hub, langchain_ionos, llama_index_ionos)
MODULES = [
    found.name
    for package in PACKAGES
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not found.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, ionos_emulator_env: Emulator) -> None:
    failed, _ = doctest.testmod(import_module(name))
    assert failed == 0


def test_public_classes_have_an_example() -> None:
    finder = doctest.DocTestFinder()
    for package in (*PACKAGES, ionos_model_hub.ray):
        for name in package.__all__:
            public = getattr(package, name)
            if isinstance(public, type) and not issubclass(public, Exception):
                examples = [test for test in finder.find(public, name) if test.examples]
                assert examples, f"{package.__name__}.{name} has no example"
