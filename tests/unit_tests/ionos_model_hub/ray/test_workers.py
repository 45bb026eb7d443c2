"""Arguments of workers are checked before any request."""

from typing import Any

import pytest

pytest.importorskip("ray")

from ionos_model_hub.errors import ConfigurationError, InvalidRequestError
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


def test_texts_per_request_below_one_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="texts_per_request must be at least 1, got 0"):
        IONOSEmbedder(texts_per_request=0, api_key=lambda: "key")


@pytest.mark.parametrize(
    ("kind", "arguments", "reason"),
    [
        (IONOSChat, {"options": {"temperatur": 1}}, "Did you mean 'temperature'"),
        (IONOSChat, {"system": 3}, "must be a string"),
        (IONOSChat, {"model": ""}, "model must not be empty"),
        (IONOSEmbedder, {"options": {"dimensions": 0}}, "dimensions must be at least 1"),
        (IONOSEmbedder, {"model": ""}, "model must not be empty"),
    ],
)
def test_argument_that_cannot_be_sent_is_not_an_error_of_each_row(
    kind: type, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidRequestError, match=reason):
        kind(api_key=lambda: "key", on_error="column", **arguments)
