"""The setting `shared_rate_limit`: sources, checks, names in the store."""

import pickle
from importlib import util
from pathlib import Path
from typing import Any

import pytest
import redis

from ionos_model_hub.errors import ConfigurationError, RequestTimeoutError
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport.credential_state import credential_state
from ionos_model_hub.transport.rate_limiter import LocalRateLimiter
from ionos_model_hub.transport.shared_limit.factory import limit_name
from ionos_model_hub.transport.shared_limit.limiter import SharedRateLimiter
from ionos_model_hub.transport.shared_limit.redis_store import RedisStore
from ionos_model_hub.transport.shared_limit.store import StoreUnavailableError
from ionos_model_hub.transport.sync_io import SyncIO, run_blocking
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

LOCAL = "http://localhost:8400/v1"
VARIABLE = "IONOS_SHARED_RATE_LIMIT"
CANARY = "canary-password"
URLS = [
    "file",
    "file:///run/app/limits.sqlite3",
    "file#our-contract",
    "redis://localhost:6379/0",
    "redis://localhost:6379/0#our-contract",
    f"rediss://:{CANARY}@redis.example:6380",
    "unix:///run/redis.sock",
]


def settings(**options: Any) -> Settings:
    return Settings(**{"api_key": "key", "base_url": LOCAL, **options})


@pytest.mark.parametrize("url", URLS)
def test_location_is_accepted(url: str) -> None:
    assert settings(shared_rate_limit=url).shared_rate_limit == url


def test_argument_takes_precedence_over_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().shared_rate_limit is None
    monkeypatch.setenv(VARIABLE, " redis://localhost ")
    assert settings().shared_rate_limit == "redis://localhost"
    assert settings(shared_rate_limit="file").shared_rate_limit == "file"
    assert settings(shared_rate_limit="").shared_rate_limit is None


@pytest.mark.parametrize(
    "value",
    [
        f"file://{CANARY}/x",
        f"file:{CANARY}",
        f"file:///{CANARY}/%00",
        f"http://{CANARY}",
        CANARY,
        f"redis:{CANARY}",
        f"redis://:{CANARY}@host:port",
        7,
    ],
)
def test_other_values_are_rejected_without_being_shown(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="must be 'file' or a URL") as caught:
        settings(shared_rate_limit=value)
    assert caught.value.param == "shared_rate_limit"
    assert CANARY not in str(caught.value)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    monkeypatch.setattr("ionos_model_hub.settings.checks.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'ionos-model-hub\[redis\]'"):
        settings(shared_rate_limit="redis://localhost")
    assert settings(shared_rate_limit="file").shared_rate_limit == "file"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("socket_timeout=soon", "socket_timeout"),
        ("timeout=1", "timeout"),
        (f"pasword={CANARY}", "pasword"),
    ],
)
def test_invalid_parameter_of_the_url_is_named(query: str, named: str) -> None:
    url = f"redis://:{CANARY}@localhost?{query}"
    with pytest.raises(ConfigurationError, match=named) as caught:
        credential_state(settings(shared_rate_limit=url))
    assert caught.value.param == "shared_rate_limit"
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{CANARY}@localhost",
        f"redis://h?password={CANARY}",
        f"unix:///x?password={CANARY}",
    ],
)
def test_passwords_are_removed_from_warnings(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RedisStore(url)

    def fail(**_: object) -> None:
        raise redis.ConnectionError(f"invalid password {CANARY}")

    monkeypatch.setattr(store, "_script", fail)
    with pytest.raises(StoreUnavailableError) as caught:
        store.check()
    assert str(caught.value) == "ConnectionError: invalid password ***"


@pytest.mark.parametrize("model_class", [ChatIONOS, IONOS])
def test_models_accept_it_and_do_not_show_it(model_class: Any) -> None:
    url = f"redis://:{CANARY}@localhost"
    model = model_class(api_key="key", shared_rate_limit=url)
    assert model.clients.settings.shared_rate_limit == url
    assert CANARY not in f"{model!r} {model} {model.model_dump_json()}"
    assert pickle.loads(pickle.dumps(model)).shared_rate_limit == url


def test_limiter_of_the_setting() -> None:
    assert isinstance(credential_state(settings()).rate_limiter, LocalRateLimiter)
    shared = credential_state(settings(shared_rate_limit="file"))
    assert isinstance(shared.rate_limiter, SharedRateLimiter)
    assert credential_state(settings(shared_rate_limit="file", timeout=7)) is shared
    assert credential_state(settings(shared_rate_limit="file", api_key="other")) is not shared


def test_name_in_the_store_is_a_digest() -> None:
    names = [
        limit_name(settings(**options))
        for options in (
            {},
            {"api_key": "other"},
            {"base_url": "http://localhost:8401/v1"},
            {"api_key": lambda: "key"},
        )
    ]
    assert len(set(names)) == 4
    assert names[0] == "aaa60bae4c5462cc89e4cf694f2be72b"  # the same in all processes
    assert limit_name(settings(api_key=lambda: "other")) == names[3]


def test_keys_of_a_contract_share_its_limit(tmp_path: Path) -> None:
    path = (tmp_path / "limits.sqlite3").as_uri()
    io = SyncIO(None, None, LOCAL)

    def send(key: str, contract: str) -> None:
        location = f"{path}#{contract}"
        limits = {"requests_per_second": 0.001, "burst": 1, "shared_rate_limit": location}
        limiter = credential_state(settings(api_key=key, **limits)).rate_limiter
        timer = CallTimer(io.now, None, io.now() + 5)
        run_blocking(limiter.acquire(io, 0, timer))

    send("a", "ours")
    send("c", "theirs")
    with pytest.raises(RequestTimeoutError, match="past its deadline"):
        send("b", "ours")
