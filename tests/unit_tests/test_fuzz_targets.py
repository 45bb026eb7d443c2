"""Each fuzz target holds for its seeds and for some random bytes; atheris does the rest.

`tests/fuzz/run.py` fuzzes them, guided by coverage.
"""

from importlib import import_module
from pathlib import Path
from random import Random

import fuzz
import pytest

FUZZ = Path(next(iter(fuzz.__path__)))
TARGETS = sorted(path.stem for path in (FUZZ / "targets").glob("*.py"))
INPUTS = 100
LONGEST = 200


def inputs(name: str) -> list[bytes]:
    """Return a target's seeds, mutations of them, and random bytes."""
    chance = Random(name)
    seeds = [path.read_bytes() for path in sorted((FUZZ / "seeds" / name).glob("*"))]
    made = [chance.randbytes(chance.randrange(LONGEST)) for _ in range(INPUTS)]
    for seed in seeds:
        at = chance.randrange(len(seed))
        made += [seed, seed[:at], seed[at:] + seed[:at], seed[:at] + b"\xff" + seed[at:]]
    return made


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds(name: str) -> None:
    check = import_module(f"fuzz.targets.{name}").check
    for data in (b"", *inputs(name)):
        check(data)


def test_every_seed_belongs_to_a_target() -> None:
    assert {path.name for path in (FUZZ / "seeds").iterdir()} <= set(TARGETS)
