"""The property of each fuzz target holds for its seeds and for bytes that hypothesis generates.

`tests/fuzz/run.py` fuzzes them, guided by coverage.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import fuzz
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FUZZ = Path(next(iter(fuzz.__path__)))
TARGETS = sorted(path.stem for path in (FUZZ / "targets").glob("*.py"))
SEEDS = sorted((FUZZ / "seeds").glob("*/*"))


def target(name: str) -> Callable[[bytes], None]:
    check: Callable[[bytes], None] = import_module(f"fuzz.targets.{name}").check
    return check


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_property_holds_for_the_seeds(seed: Path) -> None:
    check, data = target(seed.parent.name), seed.read_bytes()
    check(data)
    for at in range(0, len(data), 7):
        check(data[:at])
        check(data[:at] + b"\xff" + data[at + 1 :])


@pytest.mark.parametrize("name", TARGETS)
@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=200))
def test_property_holds_for_any_bytes(name: str, data: bytes) -> None:
    target(name)(data)
