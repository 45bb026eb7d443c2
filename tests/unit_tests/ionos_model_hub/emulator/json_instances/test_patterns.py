"""Patterns whose mismatches take exponential time in Python's regular expressions."""

import pytest

from ionos_model_hub.emulator.json_instances.instances import make_instance
from ionos_model_hub.emulator.json_instances.patterns import may_backtrack

NAMES = "^([A-Za-z]+ ?)+$"


@pytest.mark.parametrize(
    "pattern",
    [
        NAMES,
        r"^(\w+\s?)*$",
        "(a|b+)*",
        "(?:aa|a)+$",
        "((a{1,3})+)*",
        "^([a-z]{1,64} ?){1,64}$",
        "(?=(x+)*)y",
        "(?>(x+)+)",
    ],
)
def test_repeated_alternatives_may_backtrack(pattern: str) -> None:
    assert may_backtrack(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["^[0-9a-f-]{36}$", r"^\d{3}-\d+$", r"(\d{1,3}\.){3}\d+", "(?:ab?)+", "a+b+", "a+|b", ""],
)
def test_other_patterns_do_not_backtrack(pattern: str) -> None:
    assert not may_backtrack(pattern)


def test_long_words_are_not_matched_with_nested_repetitions() -> None:
    text = "donaudampfschifffahrtsgesellschaft hafen"
    assert make_instance({"type": "string", "pattern": NAMES}, text) == "hafen"
    identifier = "1c441462-07cb-465b-8487-7905b6aa4fd0"
    assert make_instance({"type": "string", "pattern": "^[0-9a-f-]{36}$"}, identifier) == identifier
