"""Arguments of workers are checked before any request."""

from typing import Any

import pytest

pytest.importorskip("ray")

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.ray import IONOSChat, IONOSEmbedder


@pytest.mark.parametrize("kind", [IONOSChat, IONOSEmbedder])
@pytest.mark.parametrize(
    ("argument", "value", "reason"),
    [
        ("in_flight", 0, "at least 1"),
        ("on_error", "ignore", "'raise' or 'column'"),
        ("api_key", "a-key-as-text", "must be a function here"),
        ("timeout", -1, "greater than 0"),
        ("max_retrys", 1, r"^IONOS(Chat|Embedder) has no argument .* 'max_retries'"),
        ("colum", "text", "Did you mean 'column'"),
    ],
)
def test_invalid_argument_is_an_error_that_names_it(
    kind: type, argument: str, value: Any, reason: str
) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        kind(**{"api_key": lambda: "key", argument: value})
    assert caught.value.param == argument
    assert "a-key-as-text" not in str(caught.value)
