"""Settings: sources, checks and copies."""

import copy
import pickle
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from ionos_model_hub import AsyncClient, Client
from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings import (
    HUB_URL,
    KEY_VARIABLES,
    SETTINGS,
    Settings,
    SettingsOptions,
    key_from_environment,
)

LOCAL = "http://localhost:8400/v1"
CANARY = "canary-key"


def secret(settings: Settings) -> str:
    assert isinstance(settings.key, Key)
    return settings.key.get_secret_value()


def rejected(**options: Any) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**{"api_key": CANARY, **options})
    assert CANARY not in str(caught.value)
    return caught.value


# -- the key


def test_argument_takes_precedence_over_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "from-environment")
    assert secret(Settings(api_key="given")) == "given"
    assert secret(Settings()) == "from-environment"


@pytest.mark.parametrize("first", range(len(KEY_VARIABLES)))
def test_first_variable_that_is_set_is_used(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    assert KEY_VARIABLES == ("IONOS_API_KEY", "IONOS_API_TOKEN", "IONOS_TOKEN")
    for name in KEY_VARIABLES[:first]:
        monkeypatch.setenv(name, "  ")
    for name in KEY_VARIABLES[first:]:
        monkeypatch.setenv(name, f" Bearer {name}\n")
    assert secret(Settings()) == KEY_VARIABLES[first]


def test_missing_key_error_names_variable_and_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert key_from_environment() is None
    with pytest.raises(ConfigurationError, match="No API key") as caught:
        Settings()
    assert caught.value.param == "api_key"
    assert "IONOS_API_KEY" in str(caught.value.hint)
    assert "emulator" in str(caught.value.hint)


def test_empty_argument_is_not_replaced_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "from-environment")
    assert "empty" in rejected(api_key=" ").message


def test_invalid_key_in_environment_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "canary key")
    with pytest.raises(ConfigurationError, match="whitespace") as caught:
        Settings()
    assert "canary" not in str(caught.value)


def test_key_function_is_not_called_by_settings() -> None:
    def source() -> str:
        raise AssertionError("called too early")

    assert Settings(api_key=source).key is source


# -- the base URL


@pytest.mark.parametrize(
    ("value", "url"),
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
def test_valid_base_urls(value: str | None, url: str) -> None:
    assert Settings(api_key="k", base_url=value).url == url


def test_base_url_from_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_BASE_URL", f" {LOCAL}/\n")
    assert Settings(api_key="k").url == LOCAL
    assert Settings(api_key="k", base_url=HUB_URL).url == HUB_URL
    monkeypatch.setenv("IONOS_BASE_URL", " ")
    assert Settings(api_key="k").url == HUB_URL


@pytest.mark.parametrize(
    ("url", "message"),
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
        ("https://user@example.com/v1", "must not contain a user name"),
        ("https://:canary-key@example.com/v1", "must not contain a user name"),
        ("https://example.com/v1?key=canary-key", "must not contain a user name"),
        ("https://example.com/v1#canary-key", "must not contain a user name"),
        ("http://example.com/v1", "unencrypted to example.com"),
        ("http://localhost.example.com/v1", "unencrypted"),
        ("https://example.com", "end in /v1, got the path '/'"),
        ("https://example.com/api/", "end in /v1, got the path '/api'"),
        (f"{HUB_URL}/chat/completions", "end in /v1"),
    ],
)
def test_invalid_base_urls(url: Any, message: str) -> None:
    error = rejected(base_url=url)
    assert message in error.message
    assert error.param == "base_url"
    assert error.hint


def test_plain_http_must_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://emulator:8400/v1"
    assert Settings(api_key="k", base_url=url, allow_http=True).url == url
    hint = rejected(base_url=url).hint or ""
    assert "allow_http=True" in hint
    assert "IONOS_ALLOW_HTTP=1" in hint
    monkeypatch.setenv("IONOS_ALLOW_HTTP", "1")
    assert Settings(api_key="k", base_url=url).url == url
    monkeypatch.setenv("IONOS_ALLOW_HTTP", "0")
    assert rejected(base_url=url).param == "base_url"


def test_hint_contains_corrected_base_url() -> None:
    assert rejected(base_url="https://example.com:1").hint == "Write https://example.com:1/v1."


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
def test_invalid_proxies_are_rejected_without_echoing_them(url: str) -> None:
    error = rejected(proxy=url)
    assert error.param == "proxy"
    assert "http://proxy.example:3128" in str(error)
    assert "s3cret" not in str(error)


@pytest.mark.parametrize("url", [None, "http://h:3128", "https://u:p@h", "socks5h://[::1]:1080"])
def test_valid_proxies(url: str | None) -> None:
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
def test_numbers_must_be_positive(name: str, value: Any) -> None:
    error = rejected(**{name: value})
    assert error.param == name
    assert repr(value) in error.message


@pytest.mark.parametrize("value", [-1, "2", None, True])
def test_max_retries_must_not_be_negative(value: Any) -> None:
    assert rejected(max_retries=value).param == "max_retries"
    assert Settings(api_key="k", max_retries=0).max_retries == 0


@pytest.mark.parametrize("name", ["timeout", "deadline", "requests_per_second"])
def test_none_disables_limits(name: str) -> None:
    assert getattr(Settings(api_key="k", **{name: None}), name) is None  # type: ignore[arg-type]  # names vary


@pytest.mark.parametrize("name", ["connect_timeout", "burst", "images_per_minute"])
def test_numbers_that_must_not_be_none(name: str) -> None:
    assert f"{name} must be a valid" in rejected(**{name: None}).message
    assert "got None" in rejected(**{name: None}).message


@pytest.mark.parametrize(
    ("options", "rate_limit"),
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
def test_rate_limit(options: dict[str, Any], rate_limit: float | None) -> None:
    assert Settings(api_key="k", **options).rate_limit == rate_limit


# -- names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("max_retry", "Did you mean 'max_retries'?"),
        ("apikey", "Did you mean 'api_key'?"),
        ("base_uri", "Did you mean 'base_url'?"),
    ],
)
def test_misspelt_name_is_rejected_with_suggestion(name: str, hint: str) -> None:
    options: Any = {"api_key": CANARY, name: CANARY}
    with pytest.raises(ConfigurationError, match="Settings has no argument") as caught:
        Settings(**options)
    assert (caught.value.param, caught.value.hint) == (name, hint)
    assert CANARY not in str(caught.value)


def test_unknown_name_lists_all_names() -> None:
    options: Any = {"zzz": 1}
    with pytest.raises(ConfigurationError) as caught:
        Settings(**options)
    assert "Its arguments are allow_http, api_key, base_url" in str(caught.value.hint)


def test_option_types_and_fields_have_the_same_names() -> None:
    assert tuple(SettingsOptions.__annotations__) == SETTINGS == tuple(Settings.model_fields)


def test_every_setting_has_a_description() -> None:
    assert Settings.__doc__ is not None
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"    {name}: " in Settings.__doc__


# -- timeouts


@pytest.mark.parametrize(
    ("value", "connect_timeout", "timeout"),
    [
        (7, 5.0, 7),
        (None, 5.0, None),
        ((3, 60), 3.0, 60.0),
        ((3, None), 3.0, None),
        ((None, 60), 5.0, 60.0),
        (httpx.Timeout(60, connect=3), 3.0, 60.0),
        (httpx.Timeout(60), 60.0, 60.0),
        (httpx.Timeout(None), 5.0, None),
    ],
    ids=str,
)
def test_forms_of_timeout(value: Any, connect_timeout: float, timeout: float | None) -> None:
    settings = Settings(api_key="k", timeout=value)
    assert (settings.connect_timeout, settings.timeout) == (connect_timeout, timeout)


@pytest.mark.parametrize("value", ["5", (1,), (0, 1), ("1", 2), [1, -1], httpx.Timeout(-1)])
def test_invalid_timeouts(value: Any) -> None:
    error = rejected(timeout=value)
    assert type(error) is ConfigurationError
    assert error.param == "timeout"
    assert "timeout must" in error.message


def test_timeout_tuple_and_connect_timeout_exclude_each_other() -> None:
    assert rejected(timeout=(1, 2), connect_timeout=3).param == "connect_timeout"
    assert Settings(api_key="k", timeout=2, connect_timeout=3).connect_timeout == 3


# -- frozen, without secrets


def test_settings_are_frozen() -> None:
    settings = Settings(api_key="k")
    with pytest.raises(ValidationError, match="frozen"):
        settings.timeout = 1


@pytest.mark.parametrize("show", [str, repr, lambda settings: f"{settings}"])
def test_representations_contain_no_secret(show: Any) -> None:
    settings = Settings(api_key=CANARY, default_headers={"x-team": "canary-header"})
    assert "canary" not in show(settings)
    assert HUB_URL in show(settings)


@pytest.mark.parametrize(
    "clone", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]
)
def test_copies_are_equal(clone: Any) -> None:
    settings = Settings(
        api_key=CANARY, base_url=LOCAL, timeout=7, default_headers={"x-team": "blue"}
    )
    copied = clone(settings)
    assert copied == settings
    assert (secret(copied), copied.url, copied.timeout) == (CANARY, LOCAL, 7)
    assert copied.default_headers == {"x-team": "blue"}


def test_pickles_do_not_contain_the_key() -> None:
    assert b"canary" not in pickle.dumps(Settings(api_key=CANARY))


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        (Client, "max_retry", "Did you mean 'max_retries'?"),
        (AsyncClient, "http_clien", "Did you mean 'http_client'?"),
    ],
)
def test_unknown_argument_of_a_client_names_the_client(kind: Any, name: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{kind.__name__} has no argument") as caught:
        kind(**{"api_key": CANARY, name: CANARY})
    assert (caught.value.param, caught.value.hint) == (name, hint)
    assert CANARY not in str(caught.value)
