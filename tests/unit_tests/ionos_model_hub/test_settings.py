"""Settings: looked up in order, checked on entry, and safe to show, copy and pickle."""

import copy
import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings import (
    HUB_URL,
    KEY_VARIABLES,
    Settings,
    checked,
    key_from_environment,
    settings_from,
)

LOCAL = "http://localhost:8400/v1"
CANARY = "canary-key"


def secret(settings: Settings) -> str:
    assert isinstance(settings.key, Key)
    return settings.key.get_secret_value()


def refused(**options: Any) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**{"api_key": CANARY, **options})
    assert CANARY not in str(caught.value)
    return caught.value


# -- the key


def test_the_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "from-environment")
    assert secret(Settings(api_key="given")) == "given"
    assert secret(Settings()) == "from-environment"


@pytest.mark.parametrize("first", range(len(KEY_VARIABLES)))
def test_the_first_variable_that_is_set_counts(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    assert KEY_VARIABLES == ("IONOS_API_KEY", "IONOS_API_TOKEN", "IONOS_TOKEN")
    for name in KEY_VARIABLES[:first]:
        monkeypatch.setenv(name, "  ")
    for name in KEY_VARIABLES[first:]:
        monkeypatch.setenv(name, f" Bearer {name}\n")
    assert secret(Settings()) == KEY_VARIABLES[first]


def test_without_a_key_it_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert key_from_environment() is None
    with pytest.raises(ConfigurationError, match="No API key") as caught:
        Settings()
    assert caught.value.param == "api_key"
    assert "IONOS_API_KEY" in str(caught.value.hint)
    assert "emulator" in str(caught.value.hint)


def test_an_empty_argument_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "from-environment")
    assert "empty" in refused(api_key=" ").message


def test_a_bad_key_in_the_environment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "canary key")
    with pytest.raises(ConfigurationError, match="whitespace") as caught:
        Settings()
    assert "canary" not in str(caught.value)


def test_a_function_is_kept_and_not_asked() -> None:
    def source() -> str:
        raise AssertionError("asked too early")

    assert Settings(api_key=source).key is source


# -- the base URL


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (None, HUB_URL),
        ("", HUB_URL),
        (f" {HUB_URL}/ ", HUB_URL),
        (f"{HUB_URL}//", HUB_URL),
        ("https://example.com/hub/v1", "https://example.com/hub/v1"),
        ("http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1"),
        ("http://[::1]:1/v1/", "http://[::1]:1/v1"),
        ("http://LOCALHOST/v1", "http://LOCALHOST/v1"),
    ],
)
def test_base_urls(given: str | None, url: str) -> None:
    assert Settings(api_key="k", base_url=given).url == url


def test_the_environment_names_the_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_BASE_URL", f" {LOCAL}/\n")
    assert Settings(api_key="k").url == LOCAL
    assert Settings(api_key="k", base_url=HUB_URL).url == HUB_URL
    monkeypatch.setenv("IONOS_BASE_URL", " ")
    assert Settings(api_key="k").url == HUB_URL


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://localhost/v1", "http(s) URL"),
        ("localhost:8400/v1", "http(s) URL"),
        ("https:///v1", "http(s) URL"),
        ("http://[::1/v1", "http(s) URL"),
        ("http://localhost:port/v1", "http(s) URL"),
        ("http://localhost:99999/v1", "http(s) URL"),
        ("http://local host/v1", "http(s) URL"),
        ("https://example.com\x00/v1", "http(s) URL"),
        (5, "http(s) URL"),
        ("https://user@example.com/v1", "neither user"),
        ("https://:canary-key@example.com/v1", "neither user"),
        ("https://example.com/v1?key=canary-key", "neither user"),
        ("https://example.com/v1#canary-key", "neither user"),
        ("http://example.com/v1", "unencrypted to example.com"),
        ("http://localhost.example.com/v1", "unencrypted"),
        ("https://example.com", "end in /v1, got the path '/'"),
        ("https://example.com/api/", "end in /v1, got the path '/api'"),
        (f"{HUB_URL}/chat/completions", "end in /v1"),
    ],
)
def test_wrong_base_urls(url: Any, told: str) -> None:
    error = refused(base_url=url)
    assert told in error.message
    assert error.param == "base_url"
    assert error.hint


def test_the_hint_writes_the_base_url_that_was_meant() -> None:
    assert refused(base_url="https://example.com:1").hint == "Write https://example.com:1/v1."


@pytest.mark.parametrize(
    "url",
    [
        "s3cret",
        "ftp://s3cret",
        "127.0.0.1:3128",
        "http://",
        "http://[::1",
        "http://s3cret:x",
        "://h",
    ],
)
def test_wrong_proxies_are_refused_and_not_echoed(url: str) -> None:
    error = refused(proxy=url)
    assert error.param == "proxy"
    assert "http://proxy.example:3128" in str(error)
    assert "s3cret" not in str(error)


@pytest.mark.parametrize("url", [None, "http://h:3128", "https://u:p@h", "socks5h://[::1]:1080"])
def test_good_proxies(url: str | None) -> None:
    assert Settings(api_key="any", proxy=url).proxy == url


# -- numbers


@pytest.mark.parametrize(
    "name",
    [
        "timeout",
        "connect_timeout",
        "deadline",
        "burst",
        "images_per_minute",
        "max_response_bytes",
        "requests_per_second",
    ],
)
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "5", True, [1]])
def test_numbers_are_above_zero(name: str, value: Any) -> None:
    error = refused(**{name: value})
    assert error.param == name
    assert repr(value) in error.message


@pytest.mark.parametrize("value", [-1, "2", None, True])
def test_retries_are_counted_from_zero(value: Any) -> None:
    assert refused(max_retries=value).param == "max_retries"
    assert Settings(api_key="k", max_retries=0).max_retries == 0


@pytest.mark.parametrize("name", ["timeout", "deadline", "requests_per_second"])
def test_some_numbers_may_be_none(name: str) -> None:
    assert getattr(Settings(api_key="k", **{name: None}), name) is None  # type: ignore[arg-type]  # names vary


@pytest.mark.parametrize("name", ["connect_timeout", "burst", "images_per_minute"])
def test_others_may_not(name: str) -> None:
    assert "must be a number, got None" in refused(**{name: None}).message


@pytest.mark.parametrize(
    ("options", "pace"),
    [
        ({}, 5.0),
        ({"base_url": LOCAL}, None),
        ({"base_url": "http://[::1]:1/v1"}, None),
        ({"base_url": "https://example.com/v1"}, 5.0),
        ({"requests_per_second": None}, None),
        ({"requests_per_second": 0.5}, 0.5),
        ({"requests_per_second": 20, "base_url": LOCAL}, 20),
    ],
)
def test_the_pace(options: dict[str, Any], pace: float | None) -> None:
    assert Settings(api_key="k", **options).pace == pace


# -- names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("max_retry", "Did you mean 'max_retries'?"),
        ("apikey", "Did you mean 'api_key'?"),
        ("base_uri", "Did you mean 'base_url'?"),
    ],
)
def test_an_unknown_name_tells_the_one_meant(name: str, hint: str) -> None:
    options: Any = {"api_key": CANARY, name: CANARY}
    with pytest.raises(ConfigurationError, match="is not a setting") as caught:
        settings_from(options)
    assert (caught.value.param, caught.value.hint) == (name, hint)
    assert CANARY not in str(caught.value)


def test_a_name_far_from_any_lists_them_all() -> None:
    options: Any = {"zzz": 1}
    with pytest.raises(ConfigurationError) as caught:
        settings_from(options)
    assert "Known are api_key, base_url" in str(caught.value.hint)


def test_known_names_are_passed_on() -> None:
    assert settings_from({"api_key": "k", "max_retries": 7}).max_retries == 7


# -- one frozen object


def test_settings_do_not_change() -> None:
    settings = Settings(api_key="k")
    with pytest.raises(FrozenInstanceError):
        settings.timeout = 1  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize("show", [str, repr, lambda settings: f"{settings}"])
def test_settings_show_no_secret(show: Any) -> None:
    settings = Settings(api_key=CANARY, default_headers={"x-team": "canary-header"})
    assert "canary" not in show(settings)
    assert HUB_URL in show(settings)


@pytest.mark.parametrize(
    "clone", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_settings_are_copied_whole(clone: Any) -> None:
    settings = Settings(
        api_key=CANARY, base_url=LOCAL, timeout=7, default_headers={"x-team": "blue"}
    )
    twin = clone(settings)
    assert twin == settings
    assert (secret(twin), twin.url, twin.timeout) == (CANARY, LOCAL, 7)
    assert twin.default_headers == {"x-team": "blue"}


def test_a_pickle_holds_no_key() -> None:
    assert b"canary" not in pickle.dumps(Settings(api_key=CANARY))


def test_fields_are_checked_as_far_as_they_are_there() -> None:
    key, url = checked({"api_key": "any", "model": "m"})
    assert (str(key), url) == ("**********", HUB_URL)
    with pytest.raises(ConfigurationError, match="burst must be above 0"):
        checked({"api_key": "any", "burst": 0})
