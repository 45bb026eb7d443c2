"""Which proxy requests use, by the setting and the environment."""

import pytest

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.transport import proxy_selection
from ionos_model_hub.transport.http.proxy import Proxy
from ionos_model_hub.transport.proxy_selection import (
    http_proxy,
    needs_httpx,
    proxy_for,
    select_proxy,
)

HTTPS = "https://hub.example/v1"
HTTP = "http://hub.example/v1"
A, B = "http://a.example:1", "http://b.example:2"


@pytest.mark.parametrize(
    ("url", "environment", "expected"),
    [
        (HTTPS, {}, None),
        (HTTPS, {"https_proxy": A, "HTTPS_PROXY": B}, A),
        (HTTPS, {"HTTPS_PROXY": A, "all_proxy": B}, A),
        (HTTPS, {"all_proxy": A, "ALL_PROXY": B}, A),
        (HTTPS, {"https_proxy": "", "HTTPS_PROXY": A}, None),
        (HTTPS, {"https_proxy": " ", "ALL_PROXY": A}, A),
        (HTTPS, {"HTTP_PROXY": A, "ftp_proxy": A}, None),
        (HTTP, {"HTTPS_PROXY": A}, None),
        (HTTP, {"HTTP_PROXY": A}, A),
        (HTTP, {"HTTP_PROXY": A, "REQUEST_METHOD": "GET"}, None),
        (HTTP, {"http_proxy": A, "REQUEST_METHOD": "GET"}, A),
        (HTTPS, {"HTTPS_PROXY": "a.example:1"}, A),
        (HTTPS, {"HTTPS_PROXY": "socks5h://a.example"}, "socks5h://a.example"),
        (HTTPS, {"HTTPS_PROXY": A, "no_proxy": "", "NO_PROXY": "*"}, A),
        (HTTPS, {"HTTPS_PROXY": A, "no_proxy": "*"}, None),
    ],
)
def test_variables(url: str, environment: dict[str, str], expected: str | None) -> None:
    assert select_proxy(url, None, environment) == expected


def test_setting_takes_precedence() -> None:
    assert select_proxy(HTTPS, A, {"HTTPS_PROXY": B, "NO_PROXY": "*"}) == A


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_excluded"),
    [
        ("hub.example", "hub.example", True),
        ("Hub.Example.", "hub.example", True),
        ("example", "hub.example", True),
        ("*.example", "hub.example", True),
        (".example", "hub.example", True),
        (".hub.example", "hub.example", False),
        ("ub.example", "hub.example", False),
        ("a, ,hub.example", "hub.example", True),
        ("a hub.example\tb", "hub.example", True),
        ("https://hub.example", "hub.example", True),
        ("http://hub.example", "hub.example", False),
        ("hub.example:443", "hub.example", True),
        ("hub.example:8443", "hub.example", False),
        ("hub.example:x", "hub.example", False),
        ("hub.example:8443", "hub.example:8443", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3:443", "10.1.2.3", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.1.2.3/8", "10.9.9.9", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "hub.example", False),
        ("10.0.0.0/33", "10.1.2.3", False),
        ("::1", "[::1]", True),
        ("[::1]", "[::1]", True),
        ("[::1]:443", "[::1]", True),
        ("0:0::1", "[::1]", True),
        ("fd00::/8", "[fd12::1]", True),
        ("fd00::/8", "10.1.2.3", False),
        ("[", "hub.example", False),
    ],
)
def test_no_proxy(no_proxy: str, host: str, is_excluded: bool) -> None:
    environment = {"ALL_PROXY": A, "NO_PROXY": no_proxy}
    assert (select_proxy(f"https://{host}/v1", None, environment) is None) is is_excluded


def test_environment_is_read_when_a_connection_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_for(HTTPS, None) is None
    monkeypatch.setenv("https_proxy", A)
    assert proxy_for(HTTPS, None) == A


def test_proxy_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_selection, "_HAS_SYSTEM_SETTINGS", True)
    monkeypatch.setattr(proxy_selection, "getproxies", lambda: {"https": A})
    assert proxy_for(HTTPS, None) == A
    monkeypatch.setenv("https_proxy", B)
    assert proxy_for(HTTPS, None) == B


@pytest.mark.parametrize(
    ("proxy", "expected"),
    [(None, False), (A, False), ("HTTP://a", False), ("https://a", True), ("socks5://a", True)],
)
def test_proxies_that_need_httpx(proxy: str | None, expected: bool) -> None:
    assert needs_httpx(proxy) is expected


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://a.example", Proxy("a.example", 80)),
        ("http://[::1]:3128/", Proxy("::1", 3128)),
        ("http://us%40er:p%3Aw@a.example:1", Proxy("a.example", 1, "Basic dXNAZXI6cDp3")),
        ("http://user@a.example:1", Proxy("a.example", 1, "Basic dXNlcjo=")),
    ],
)
def test_parsed_proxy(url: str, proxy: Proxy) -> None:
    assert http_proxy(url) == proxy
    assert "Basic" not in repr(http_proxy(url))


@pytest.mark.parametrize("url", ["http://", "http://user:s3cret@[::1", "http://s3cret:x@a:b"])
def test_invalid_proxy_is_not_echoed(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        http_proxy(url)
    assert caught.value.param == "proxy"
    assert "s3cret" not in f"{caught.value}{caught.value.__cause__}{caught.value.__context__}"
