"""Keys are checked on entry, never shown and never pickled."""

import base64
import copy
import json
import multiprocessing
import pickle
import weakref
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from ionos_model_hub import credentials as keys
from ionos_model_hub.client import run
from ionos_model_hub.credentials import Key, as_key, current_key, expires_at
from ionos_model_hub.errors import ConfigurationError

CANARY = "eyJ0eXAi.canary.c2ln"
HIDDEN = "**********"


def jwt(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJ0eXAi.{payload}.c2ln"


@pytest.fixture
def other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know no key of this process, as a spawned worker does."""
    monkeypatch.setattr(keys, "_here", lambda _: None)


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
def test_what_is_around_a_key_is_stripped(given: str) -> None:
    assert Key(given).get_secret_value() == CANARY


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("Bearer ", "empty"),
        ("Bearer", "empty"),
        (f"{CANARY}\n{CANARY}", "blanks, line breaks"),
        (f"{CANARY} x", "blanks, line breaks"),
        (f"{CANARY}\x00", "blanks, line breaks"),
        (f"{CANARY}ä", "blanks, line breaks"),
        (f"{CANARY}\u200b", "blanks, line breaks"),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "the id of a token"),
        ("0F8FAD5B-D9CB-469F-A165-70867728950E", "the id of a token"),
        (jwt({"exp": 86400, "sub": "canary"}), "expired, on 1970-01-02"),
        (None, "not a string"),
        (b"canary", "not a string"),
    ],
)
def test_what_cannot_be_a_key_is_refused_and_not_echoed(given: Any, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        Key(given)
    error = caught.value
    assert error.param == "api_key"
    assert error.hint
    shown = f"{error} {error!r} {error.__dict__}"
    assert "canary" not in shown
    assert "0f8fad5b" not in shown.lower()


@pytest.mark.parametrize(
    ("secret", "ends"),
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
def test_when_a_token_ends(secret: str, ends: float | None) -> None:
    assert expires_at(secret) == ends


@pytest.mark.parametrize("secret", [jwt({"exp": 4102444800}), jwt({}), "any", "sk-123_4.5/6+7="])
def test_other_keys_are_taken(secret: str) -> None:
    assert Key(secret).get_secret_value() == secret


# -- never shown


@pytest.mark.parametrize("show", [str, repr, lambda key: f"{key}", lambda key: f"{key!r:>40}"])
def test_a_key_does_not_show_itself(show: Any) -> None:
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
def test_every_form_of_a_key_is_blotted_out(form: Any) -> None:
    secret = "canary/key+1"
    scrubbed = Key(secret).scrub(f"before {form(secret)} after {form(secret)}.")
    assert form(secret).rstrip("=") not in scrubbed
    assert scrubbed.startswith("before ***")
    assert "after ***" in scrubbed


def test_other_text_is_left_alone() -> None:
    assert Key(CANARY).scrub("No such model.") == "No such model."


# -- pickles and copies


def test_a_pickle_holds_no_key() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert b"canary" not in pickle.dumps(Key(CANARY), protocol)


def test_a_pickle_is_good_in_this_process() -> None:
    key = Key(CANARY)
    assert pickle.loads(pickle.dumps(key)).get_secret_value() == CANARY
    assert pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(key)))).get_secret_value() == CANARY


def test_a_pickle_outlives_its_key() -> None:
    first, second = Key("outlived"), Key("outlived")
    pickles = [pickle.dumps(first), pickle.dumps(second)]
    del first, second
    assert [pickle.loads(each).get_secret_value() for each in pickles] == ["outlived"] * 2


def test_a_key_is_recalled_that_this_process_never_pickled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, key = Key("another"), Key(CANARY)
    pickled = pickle.dumps(key)
    monkeypatch.setattr(keys, "_pickled", {})
    assert pickle.loads(pickled) == key


def test_a_fork_recalls_a_key_that_was_pickled_after_it_was_forked() -> None:
    keys_of_this_process = [Key("another"), Key(CANARY)]
    with multiprocessing.get_context("fork").Pool(1) as forked:
        assert forked.map(Key.get_secret_value, keys_of_this_process) == ["another", CANARY]


def test_keys_that_were_never_pickled_are_forgotten() -> None:
    key = Key("forgotten-key")
    known = weakref.ref(key)
    del key
    assert known() is None


@pytest.mark.usefixtures("other_process")
def test_another_process_looks_into_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    pickled = pickle.dumps(Key(CANARY))
    monkeypatch.setenv("IONOS_API_TOKEN", "key-of-the-worker")
    assert pickle.loads(pickled).get_secret_value() == "key-of-the-worker"


@pytest.mark.usefixtures("other_process")
@pytest.mark.parametrize(("environment", "told"), [("", "found no API key"), ("a b", "blanks")])
def test_another_process_without_a_key_tells_when_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, environment: str, told: str
) -> None:
    pickled = pickle.dumps(Key(CANARY))
    monkeypatch.setenv("IONOS_API_KEY", environment)
    lost = pickle.loads(pickled)
    assert isinstance(lost, Key)
    for key in (lost, pickle.loads(pickle.dumps(lost)), copy.deepcopy(lost)):
        with pytest.raises(ConfigurationError, match=told):
            key.get_secret_value()


def test_copies_are_the_key_itself() -> None:
    key = Key(CANARY)
    assert copy.deepcopy({"key": key})["key"] is key
    assert copy.copy(key).get_secret_value() == CANARY


# -- sources


def test_sources_of_keys() -> None:
    key = Key(CANARY)
    assert as_key(key) is key
    for given in (CANARY, SecretStr(CANARY)):
        made = as_key(given)
        assert isinstance(made, Key)
        assert made.get_secret_value() == CANARY
    function = lambda: CANARY  # noqa: E731  # compared by identity
    assert as_key(function) is function


@pytest.mark.parametrize("given", [5, b"x", ["x"]])
def test_other_sources_are_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="not a string"):
        as_key(given)


async def fresh() -> str:
    return f"Bearer {CANARY}"


@pytest.mark.parametrize(
    "source", [Key(CANARY), lambda: CANARY, lambda: SecretStr(CANARY), lambda: Key(CANARY), fresh]
)
def test_the_key_of_now(source: Any) -> None:
    assert run(current_key(source)).get_secret_value() == CANARY


def test_a_function_is_asked_each_time() -> None:
    answers = iter(["key-1", "key-2"])
    source = lambda: next(answers)  # noqa: E731  # a source like any caller's
    assert [run(current_key(source)).get_secret_value() for _ in range(2)] == ["key-1", "key-2"]


@pytest.mark.parametrize("answer", ["", None, "a b"])
def test_the_answer_of_a_function_is_checked(answer: Any) -> None:
    with pytest.raises(ConfigurationError):
        run(current_key(lambda: answer))
