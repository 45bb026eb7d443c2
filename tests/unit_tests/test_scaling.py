"""The cost model on paper: its sums are right, and docs/scaling.md shows what they come to."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from ionos_model_hub.catalogue import find_model
from ionos_model_hub.ray.workers import IN_FLIGHT
from ionos_model_hub.settings import HUB_REQUESTS_PER_SECOND

ROOT = Path(__file__).parents[2]


def load() -> ModuleType:
    """Import the script, which stands beside the packages and not in one."""
    spec = spec_from_file_location("scaling", ROOT / "benchmarks" / "scaling.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


scaling = load()


@pytest.mark.parametrize("table", scaling.TABLES, ids=lambda table: table.__name__)
def test_the_page_shows_what_the_script_prints(table: object) -> None:
    assert callable(table)
    assert table() in (ROOT / "docs" / "scaling.md").read_text("utf-8")


def test_time_is_chunks_by_texts_and_rate() -> None:
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


def test_sizes_and_prices() -> None:
    assert scaling.vector_gigabytes(100_000_000, 1024, 4) == 409.6
    assert scaling.price(100_000_000, 200, 0.5) == 10_000


def test_the_model_is_that_of_the_code() -> None:
    assert scaling.IN_FLIGHT == IN_FLIGHT
    assert scaling.LIMITS[0] == HUB_REQUESTS_PER_SECOND
    known = find_model("BAAI/bge-m3")
    assert known
    assert known.dimensions == scaling.DIMENSIONS
