"""Every example in a docstring runs and prints its documented output."""

import doctest
import pkgutil
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import pytest

import ionos_model_hub
import langchain_ionos
import llama_index_ionos
from ionos_model_hub.emulator import Emulator

PACKAGES: tuple[ModuleType, ...] = (ionos_model_hub, langchain_ionos, llama_index_ionos)
MODULES = [
    found.name
    for package in PACKAGES
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", lambda _: None)
    if not found.name.endswith("__main__")
    and (find_spec("ray") or not found.name.startswith("ionos_model_hub.ray"))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, ionos_emulator_env: Emulator) -> None:
    failed, _ = doctest.testmod(import_module(name))
    assert failed == 0


def test_public_classes_have_an_example() -> None:
    finder = doctest.DocTestFinder()
    packages = [*PACKAGES]
    if find_spec("ray"):
        packages.append(import_module("ionos_model_hub.ray"))
    for package in packages:
        for name in package.__all__:
            public = getattr(package, name)
            if isinstance(public, type) and not issubclass(public, Exception):
                examples = [test for test in finder.find(public, name) if test.examples]
                assert examples, f"{package.__name__}.{name} has no example"
