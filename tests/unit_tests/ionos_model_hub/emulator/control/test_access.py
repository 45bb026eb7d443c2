"""Access to the control API: address, `Host`, `Origin` and token."""

from typing import Any

import pytest

from ionos_model_hub.emulator.control import is_loopback, make_token
from ionos_model_hub.emulator.control.access import check_access

LOCAL = ("127.0.0.1", 8400)
NETWORK = ("10.0.0.5", 8400)


def status(
    token: str | None = None, server: Any = LOCAL, query: str = "", **headers: str
) -> int | None:
    named = {"host": "127.0.0.1:8400", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = {
        "type": "http",
        "server": server,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    error = check_access(scope, token)
    return error.status if error else None


@pytest.mark.parametrize("host", ["127.0.0.1:8400", "localhost", "LOCALHOST:1", "[::1]:8400"])
def test_loopback_hosts_are_allowed(host: str) -> None:
    assert status(host=host) is None
    assert status(host=host, origin=f"http://{host}", sec_fetch_site="same-origin") is None


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "10.0.0.5",
        "",
        "[",
        "localhost.attacker.de",
        "attacker.example@127.0.0.1",
        "attacker.example:80@localhost:8400",
        "127.0.0.1/",
    ],
)
def test_other_hosts_are_rejected(host: str) -> None:
    assert status(host=host) == 403


@pytest.mark.parametrize("server", [NETWORK, ("emulator", 80), ("/run/socket", None), None])
def test_other_addresses_need_a_token(server: Any) -> None:
    assert status(server=server) == 403
    assert status("t", server, host="emulator:8400") == 401
    assert status("t", server, host="emulator:8400", x_emulator_token="t") is None


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://attacker.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1:8400.attacker.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_other_origins_are_rejected_even_with_the_token(headers: dict[str, str]) -> None:
    assert status(**headers) == 403
    assert status("t", x_emulator_token="t", **headers) == 403


@pytest.mark.parametrize(
    "presented",
    [
        {"authorization": "Bearer t"},
        {"authorization": "bearer t"},
        {"x_emulator_token": "t"},
        {"query": "token=t"},
        {"cookie": "a=b; ionos_emulator_token=t"},
    ],
)
def test_ways_to_present_the_token(presented: dict[str, str]) -> None:
    assert status("t", **presented) is None
    assert status("other", **presented) == 401
    assert status("t") == 401


@pytest.mark.parametrize("authorization", ["Basic t", "t", "Bearer", "Bearer tt", "Bearer ü"])
def test_other_credentials_are_rejected(authorization: str) -> None:
    assert status("t", authorization=authorization) == 401


def test_empty_token_opens_nothing() -> None:
    assert status("") == status("", x_emulator_token="") == 401


def test_loopback_addresses() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.9.9.9", "::1", "localhost"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "10.0.0.1", "", "example.org"]))  # noqa: S104


def test_tokens_are_random() -> None:
    assert make_token() != make_token()
    assert len(make_token()) >= 32
