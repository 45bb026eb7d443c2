"""The calculations of benchmarks/scaling.py, and their tables in docs/scaling.md."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from ionos_model_hub.catalogue import find_model
from ionos_model_hub.settings import HUB_REQUESTS_PER_SECOND

ROOT = Path(__file__).parents[2]


def load() -> ModuleType:
    """Import the script, which is not part of a package."""
    spec = spec_from_file_location("scaling", ROOT / "benchmarks" / "scaling.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


scaling = load()


@pytest.mark.parametrize("table", scaling.TABLES, ids=lambda table: table.__name__)
def test_page_contains_the_printed_tables(table: object) -> None:
    assert callable(table)
    assert table() in (ROOT / "docs" / "scaling.md").read_text("utf-8")


def test_duration_follows_from_chunks_texts_and_rate() -> None:
    assert scaling.seconds(64_000, 64, 5) == 200
    assert scaling.seconds(65, 64, 1) == 2
    assert (scaling.duration(7200), scaling.duration(86_400 * 1.5)) == ("2.0 h", "1.5 days")


def test_calls_in_flight_follow_littles_law() -> None:
    assert scaling.calls_in_flight(5, 6.0) == 30
    assert [scaling.workers(5, 6.0), scaling.workers(100, 6.0), scaling.workers(6, 6.0)] == [
        1,
        19,
        2,
    ]


def test_size_of_vectors() -> None:
    assert scaling.vector_gigabytes(100_000_000, 1024, 4) == 409.6


def test_constants_match_the_code() -> None:
    workers = pytest.importorskip("ionos_model_hub.ray.workers", exc_type=ImportError)
    assert workers.IN_FLIGHT == scaling.IN_FLIGHT
    assert scaling.LIMITS[0] == HUB_REQUESTS_PER_SECOND
    known = find_model("BAAI/bge-m3")
    assert known
    assert known.dimensions == scaling.DIMENSIONS
