"""Patterns are searched in linear time where possible."""

import pytest

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.output_schema import OutputSchema
from ionos_model_hub.wire.pattern_matching import matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("b", "abc", True),
        ("^b", "abc", False),
        ("^[0-9]{5}$", "12345", True),
        ("^(?!a)b", "b", True),  # look-around
        (r"^(a|b)\1$", "ab", False),  # a back reference
        ("^half", "half \ud83d", True),
        ("^(a+)+$", "a" * 50 + "!", False),  # Python would need years
    ],
)
def test_patterns_are_searched(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


def test_texts_are_checked_in_schemas() -> None:
    schema = OutputSchema.of({"properties": {"a": {"pattern": "^([a-z]+ ?)+$"}}})
    schema.validate({"a": "a b"})
    schema.validate({"a": 5})
    with pytest.raises(ResponseError, match=r"at \$\.a: 'a{40}!' does not match") as caught:
        schema.validate({"a": "a" * 40 + "!"})
    assert "[a-z]" in str(caught.value)
