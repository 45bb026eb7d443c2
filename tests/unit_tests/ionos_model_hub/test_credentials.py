"""Keys are checked when they are passed in, never shown and never pickled."""

import base64
import copy
import gc
import json
import multiprocessing
import pickle
import time
import weakref
from collections import OrderedDict
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from ionos_model_hub import credentials
from ionos_model_hub.credentials import (
    Key,
    as_key,
    expires_at,
    rejected_key_hint,
)
from ionos_model_hub.errors import ConfigurationError

CANARY = "eyJ0eXAi.canary.c2ln"
HIDDEN = "**********"


def jwt(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJ0eXAi.{payload}.c2ln"


@pytest.fixture
def other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the keys of this process, as in a spawned worker."""
    monkeypatch.setattr(credentials, "_known_key", lambda _: None)


# -- checks


@pytest.mark.parametrize(
    "given",
    [
        CANARY,
        f"  {CANARY}\n",
        f"Bearer {CANARY}",
        f"\tBearer   {CANARY}\r\n",
    ],
)
def test_whitespace_and_bearer_prefix_are_removed(given: str) -> None:
    assert Key(given).get_secret_value() == CANARY


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("Bearer ", "empty"),
        ("Bearer", "empty"),
        (f"{CANARY}\n{CANARY}", "contains whitespace"),
        (f"{CANARY} x", "contains whitespace"),
        (f"{CANARY}\x00", "contains whitespace"),
        (f"{CANARY}ä", "contains whitespace"),
        (f"{CANARY}\u200b", "contains whitespace"),
        (f'"{CANARY}"', "enclosed in quotes"),
        (f"'{CANARY}'", "enclosed in quotes"),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "the id of a token"),
        ("0F8FAD5B-D9CB-469F-A165-70867728950E", "the id of a token"),
        (jwt({"exp": 86400, "sub": "canary"}), "expired on 1970-01-02"),
        (None, "not a string"),
        (b"canary", "not a string"),
    ],
)
def test_invalid_keys_are_rejected_without_echoing_them(given: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        Key(given)
    error = caught.value
    assert error.param == "api_key"
    assert error.hint
    shown = f"{error} {error!r} {error.__dict__}"
    assert "canary" not in shown
    assert "0f8fad5b" not in shown.lower()


@pytest.mark.parametrize(
    ("secret", "expiry"),
    [
        (jwt({"exp": 4102444800}), 4102444800.0),
        (jwt({"exp": "86400.5"}), 86400.5),
        (jwt({"exp": None}), None),
        (jwt({"exp": "soon"}), None),
        (jwt({}), None),
        (jwt([1]), None),
        ("eyJ0eXAi", None),
        ("a.b.c", None),
        ("a.%%%.c", None),
        ("a..c", None),
    ],
)
def test_expiry_of_a_token(secret: str, expiry: float | None) -> None:
    assert expires_at(secret) == expiry


@pytest.mark.parametrize("secret", [jwt({"exp": 4102444800}), jwt({}), "any", "sk-123_4.5/6+7="])
def test_other_keys_are_accepted(secret: str) -> None:
    assert Key(secret).get_secret_value() == secret


# -- never shown


@pytest.mark.parametrize("show", [str, repr, lambda key: f"{key}", lambda key: f"{key!r:>40}"])
def test_str_and_repr_hide_the_key(show: Any) -> None:
    assert HIDDEN in show(Key(CANARY))
    assert "canary" not in show(Key(CANARY))


@pytest.mark.parametrize(
    "form",
    [
        lambda secret: secret,
        lambda secret: quote(secret, safe=""),
        lambda secret: base64.b64encode(secret.encode()).decode(),
    ],
)
def test_scrub_removes_encoded_forms(form: Any) -> None:
    secret = "canary/key+1"
    scrubbed = Key(secret).scrub(f"before {form(secret)} after {form(secret)}.")
    assert form(secret).rstrip("=") not in scrubbed
    assert scrubbed.startswith("before ***")
    assert "after ***" in scrubbed


def test_scrub_keeps_other_text() -> None:
    assert Key(CANARY).scrub("No such model.") == "No such model."


# -- pickles and copies


def test_pickles_do_not_contain_the_key() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert b"canary" not in pickle.dumps(Key(CANARY), protocol)


def test_pickles_can_be_loaded_in_the_same_process() -> None:
    key = Key(CANARY)
    assert pickle.loads(pickle.dumps(key)).get_secret_value() == CANARY
    assert pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(key)))).get_secret_value() == CANARY


def test_pickles_can_be_loaded_after_the_key_was_deleted() -> None:
    first, second = Key("outlived"), Key("outlived")
    pickles = [pickle.dumps(first), pickle.dumps(second)]
    del first, second
    assert [pickle.loads(each).get_secret_value() for each in pickles] == ["outlived"] * 2


def test_number_of_pickled_keys_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_pickled_keys", OrderedDict())
    for number in range(1000):
        pickle.dumps(Key(f"key-number-{number}"))
    assert len(credentials._pickled_keys) == 64


def test_memory_does_not_contain_the_key_in_clear_text() -> None:
    key = Key("-".join(["clear", "text", "key"]))
    pickle.dumps(key)
    assert key.digest
    assert len(key) == len("clear-text-key")
    held = gc.get_referents(key, vars(key))
    assert not [each for each in held if "text-key" in str(each)]
    assert "clear-text-key" not in vars(key).values()


def test_pickles_of_other_processes_find_an_existing_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, key = Key("another"), Key(CANARY)
    pickled = pickle.dumps(key)
    monkeypatch.setattr(credentials, "_pickled_keys", {})
    assert pickle.loads(pickled) == key


def test_forks_restore_keys_that_were_pickled_after_forking() -> None:
    keys_of_this_process = [Key("another"), Key(CANARY)]
    with multiprocessing.get_context("fork").Pool(1) as forked:
        assert forked.map(Key.get_secret_value, keys_of_this_process) == ["another", CANARY]


def test_keys_that_were_never_pickled_are_garbage_collected() -> None:
    key = Key("short-lived-key")
    reference = weakref.ref(key)
    del key
    assert reference() is None


@pytest.mark.usefixtures("other_process")
def test_other_processes_read_the_key_from_their_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pickled = pickle.dumps(Key(CANARY))
    monkeypatch.setenv("IONOS_API_TOKEN", "key-of-the-worker")
    assert pickle.loads(pickled).get_secret_value() == "key-of-the-worker"


@pytest.mark.usefixtures("other_process")
@pytest.mark.parametrize(
    ("environment", "message"), [("", "has no API key"), ("a b", "contains whitespace")]
)
def test_other_processes_without_a_key_fail_when_it_is_used(
    monkeypatch: pytest.MonkeyPatch, environment: str, message: str
) -> None:
    pickled = pickle.dumps(Key(CANARY))
    monkeypatch.setenv("IONOS_API_KEY", environment)
    missing = pickle.loads(pickled)
    assert isinstance(missing, Key)
    for key in (missing, pickle.loads(pickle.dumps(missing)), copy.deepcopy(missing)):
        with pytest.raises(ConfigurationError, match=message) as first:
            key.get_secret_value()
        with pytest.raises(ConfigurationError, match=message) as second:
            key.get_secret_value()
        assert first.value is not second.value
        assert first.value.param == "api_key"


def test_copies_are_the_same_object() -> None:
    key = Key(CANARY)
    assert copy.deepcopy({"key": key})["key"] is key
    assert copy.copy(key) is key


# -- sources


def test_as_key_accepts_strings_secrets_keys_and_functions() -> None:
    key = Key(CANARY)
    assert as_key(key) is key
    for given in (CANARY, SecretStr(CANARY)):
        converted = as_key(given)
        assert isinstance(converted, Key)
        assert converted.get_secret_value() == CANARY
    function = lambda: CANARY  # noqa: E731  # compared by identity
    assert as_key(function) is function


@pytest.mark.parametrize("given", [5, b"x", ["x"]])
def test_as_key_rejects_other_types(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="not a string"):
        as_key(given)


# -- rejected by the hub


@pytest.mark.parametrize(
    ("secret", "hint"),
    [
        (f"{'0123456789abcdef' * 2}.{'Zz_-09' * 12}", "IONOS DNS API key"),
        ("sk-123", "start with 'eyJ'"),
        ("eyJ0eXAi", "start with 'eyJ'"),
    ],
)
def test_hint_for_rejected_keys_that_are_not_tokens(secret: str, hint: str) -> None:
    text = rejected_key_hint(Key(secret))
    assert text is not None
    assert hint in text
    assert "Token Manager" in text
    assert secret not in text


def test_hint_for_tokens_that_expired_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    key = Key(jwt({"exp": 4102444800}))
    monkeypatch.setattr(time, "time", lambda: 4102444801.0)
    assert str(rejected_key_hint(key)).startswith("The token expired on 2100-01-01. Create one")


def test_no_hint_for_rejected_tokens() -> None:
    assert rejected_key_hint(Key(jwt({"exp": 4102444800}))) is None
