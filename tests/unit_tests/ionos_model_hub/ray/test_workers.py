"""Arguments of workers are checked before anything is sent."""

from typing import Any

import pytest

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.ray import IONOSChat, IONOSEmbedder


@pytest.mark.parametrize("kind", [IONOSChat, IONOSEmbedder])
@pytest.mark.parametrize(
    ("argument", "value", "reason"),
    [
        ("in_flight", 0, "at least 1"),
        ("on_error", "ignore", "'raise' or 'column'"),
        ("api_key", "a-key-as-text", "must be a function here"),
        ("timeout", -1, "above 0"),
        ("max_retrys", 1, "max_retries"),
    ],
)
def test_a_wrong_argument_is_named(kind: type, argument: str, value: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        kind(**{"api_key": lambda: "key", argument: value})
    assert caught.value.param == argument
    assert "a-key-as-text" not in str(caught.value)
