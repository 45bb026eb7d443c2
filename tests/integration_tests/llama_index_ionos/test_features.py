"""Every check of the feature table in `benchmarks/compare_llamaindex.py` passes."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from llama_index_ionos import IONOS

# LlamaIndex's workflows read deprecated attributes of pydantic models.
pytestmark = pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")

FEATURES = Path(__file__).parents[3] / "benchmarks" / "llama_index_features"


def load() -> ModuleType:
    """Import the checks, which are not part of a package."""
    spec = spec_from_file_location(FEATURES.name, FEATURES / "__init__.py")
    assert spec
    assert spec.loader
    module = sys.modules[FEATURES.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


features = load()


def make(url: str, **options: Any) -> IONOS:
    return IONOS(**{"api_key": "any", "api_base": url, **options})


@pytest.mark.parametrize(
    "check", features.CHECKS, ids=lambda check: f"{check.feature}: {check.name}"
)
def test_check_of_the_feature_table_passes(check: Any) -> None:
    with features.Hub() as hub:
        check.run(features.Bench(features.Subject("ionos", make), hub))
