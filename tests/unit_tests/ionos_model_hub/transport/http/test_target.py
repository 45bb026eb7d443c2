"""URLs are split into a server and a path."""

import pytest

from ionos_model_hub.transport.http.errors import InvalidUrlError
from ionos_model_hub.transport.http.target import Origin, parse_target

HUB = "hub.example:8400"


@pytest.mark.parametrize(
    ("url", "origin", "path", "authority"),
    [
        ("http://localhost:8400/v1", Origin(False, "localhost", 8400), "/v1", "localhost:8400"),
        ("http://127.0.0.1/v1?a=b", Origin(False, "127.0.0.1", 80), "/v1?a=b", "127.0.0.1"),
        ("https://[::1]:8400/v1", Origin(True, "::1", 8400), "/v1", "[::1]:8400"),
        ("https://hub.example.:8400/v1", Origin(True, "hub.example.", 8400), "/v1", HUB),
        (
            "https://müller.example/v1/ä b",
            Origin(True, "xn--mller-kva.example", 443),
            "/v1/%C3%A4%20b",
            "xn--mller-kva.example",
        ),
    ],
)
def test_parse_target(url: str, origin: Origin, path: str, authority: str) -> None:
    assert parse_target(url) == (origin, path, authority)


@pytest.mark.parametrize(
    "url", ["https://a\n/v1", "https://hub..example/v1", f"https://{'a' * 64}.example/v1"]
)
def test_invalid_url_raises(url: str) -> None:
    with pytest.raises(InvalidUrlError) as caught:
        parse_target(url)
    assert caught.value.reason
    assert caught.value.__context__ is None
