"""Search the patterns of JSON Schemas in texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic_core import SchemaError, SchemaValidator, core_schema

from ionos_model_hub.wire.surrogates import replace_lone_surrogates

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


def matches(pattern: str, text: str) -> bool:
    """Return whether a text contains a match of a pattern, which Python can compile.

    The regular expressions of pydantic search in linear time. Python's would not end for some
    patterns with nested repetitions, so they are used only for look-around and back references.

    Example:
        >>> matches("^(a+)+$", "a" * 50 + "!")
        False
    """
    return _compile(pattern)(text)


def check_pattern(
    _validator: Validator, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    """Yield the error of a text that does not match the keyword `pattern`, for jsonschema."""
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


@lru_cache(maxsize=256)
def _compile(pattern: str) -> Callable[[str], bool]:
    try:
        found = SchemaValidator(core_schema.str_schema(pattern=pattern)).isinstance_python
    except SchemaError:
        compiled = re.compile(pattern)
        return lambda text: compiled.search(text) is not None
    return lambda text: found(replace_lone_surrogates(text))
