import asyncio
import copy
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from llama_index.core.callbacks import CallbackManager
from llama_index.core.rate_limiter import TokenBucketRateLimiter
from llama_index.core.storage.kvstore import SimpleKVStore
from pydantic import SecretStr, ValidationError

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings import HUB_URL, Settings
from llama_index_ionos import IONOSEmbedding, IONOSImageToolSpec, IONOSRerank
from llama_index_ionos.connection import Connection

KEY = "geheim-4711"
URL = "http://localhost:8400/v1"

CLASSES: list[type[Connection]] = [IONOSEmbedding, IONOSRerank]
EVERY: list[Callable[..., Any]] = [*CLASSES, IONOSImageToolSpec]


def spawned(pickled: bytes, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Unpickle as another process would, which never saw the key."""
    monkeypatch.setattr("ionos_model_hub.credentials._known_key", lambda _: None)
    return pickle.loads(pickled)


@pytest.mark.parametrize("kind", CLASSES)
def test_defaults_are_those_of_the_settings(kind: type[Connection]) -> None:
    made, settings = kind(api_key=KEY), Settings(api_key=KEY)

    assert made.api_base == HUB_URL
    for name in Settings.__dataclass_fields__:
        if name not in ("base_url", "api_key"):
            assert getattr(made, name) == getattr(settings, name)


def test_a_subclass_may_have_defaults_of_its_own() -> None:
    class Patient(IONOSEmbedding):
        timeout: float | None = 600.0

    made = Patient(api_key=KEY)
    assert made.clients.settings.timeout == made.timeout == 600.0


@pytest.mark.parametrize("kind", EVERY)
def test_no_key_is_told_at_construction(kind: Callable[..., Any]) -> None:
    with pytest.raises(ConfigurationError, match="IONOS_API_KEY") as caught:
        kind()
    assert caught.value.param == "api_key"


@pytest.mark.parametrize("kind", CLASSES)
def test_key_and_url_come_from_the_environment(
    kind: type[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IONOS_API_KEY", KEY)
    monkeypatch.setenv("IONOS_BASE_URL", URL)

    made = kind()

    assert made.api_base == URL
    assert made.clients.settings.key.get_secret_value() == KEY


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(("wrong", "meant"), [("timeot", "timeout"), ("api_bse", "api_base")])
def test_unknown_arguments_are_refused(kind: Callable[..., Any], wrong: str, meant: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Did you mean '{meant}'"):
        kind(api_key=KEY, **{wrong: 1})


@pytest.mark.parametrize("kind", EVERY)
def test_a_misspelt_model_is_refused(kind: Callable[..., Any]) -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'model'"):
        kind(api_key=KEY, modle="BAAI/bge-m3")


@pytest.mark.parametrize("kind", EVERY)
def test_two_names_of_one_argument_are_refused(kind: Callable[..., Any]) -> None:
    with pytest.raises(ConfigurationError, match="api_base was given twice"):
        kind(api_key=KEY, base_url=URL, api_base=URL)


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"timeout": "long"}, "timeout"),
        ({"max_retries": -1}, "max_retries"),
        ({"api_base": "http://hub.example/v1"}, "base_url"),
        ({"api_key": "two words"}, "api_key"),
    ],
)
def test_wrong_values_name_the_argument(
    kind: Callable[..., Any], wrong: dict[str, Any], param: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(**{"api_key": KEY, **wrong})
    assert caught.value.param == param
    assert "two words" not in str(caught.value)


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("key", [KEY, SecretStr(KEY)])
def test_the_key_is_never_shown(kind: type[Connection], key: str | SecretStr) -> None:
    made = kind(api_key=key, api_base=URL, default_headers={"X-Secret": KEY})

    shown = [repr(made), str(made), repr(made.__dict__["api_key"]), made.to_json()]
    shown += [str(made.to_dict()), str(made.model_dump()), made.model_dump_json()]
    shown += [repr(made.clients), str(pickle.dumps(kind(api_key=key)))]

    assert not [text for text in shown if KEY in text]


def test_a_validation_error_does_not_show_the_key() -> None:
    with pytest.raises(ValidationError) as caught:
        IONOSEmbedding(api_key=KEY, embed_batch_size=0)
    assert KEY not in str(caught.value)
    assert KEY not in str(caught.value.errors())


@pytest.mark.parametrize("kind", CLASSES)
def test_dumps_are_read_again_with_the_environments_key(
    kind: type[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = kind(api_key=KEY, api_base=URL, timeout=7, max_retries=0)
    dump = made.to_dict()
    monkeypatch.setenv("IONOS_API_KEY", "another")

    again = kind.from_dict(dump)

    assert dump["class_name"] == kind.__name__
    assert json.loads(made.to_json()) == dump
    assert again.to_dict() == dump
    assert again.clients.settings.key.get_secret_value() == "another"


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_copies_in_this_process_keep_the_key(
    kind: type[Connection], copied: Callable[[Any], Any]
) -> None:
    made = kind(api_key=KEY, api_base=URL, timeout=7)
    assert made.clients

    again = copied(made)

    assert again.to_dict() == made.to_dict()
    assert again.clients.settings.key.get_secret_value() == KEY


def test_a_deep_copy_shares_resources() -> None:
    with httpx.Client() as client:
        parts = {
            "http_client": client,
            "callback_manager": CallbackManager([]),
            "rate_limiter": TokenBucketRateLimiter(requests_per_minute=60),
            "embeddings_cache": SimpleKVStore(),
        }
        again = copy.deepcopy(IONOSEmbedding(api_key=KEY, **parts))

        assert all(getattr(again, name) is part for name, part in parts.items())


def test_pickling_leaves_the_original_whole(caplog: pytest.LogCaptureFixture) -> None:
    limiter = TokenBucketRateLimiter(requests_per_minute=60)
    with httpx.Client() as client, caplog.at_level(logging.WARNING):
        made = IONOSEmbedding(api_key=KEY, rate_limiter=limiter, http_client=client)

        again = pickle.loads(pickle.dumps(made))

        assert (made.rate_limiter, made.http_client) == (limiter, client)
        assert (again.rate_limiter, again.http_client) == (None, None)
        assert ["rate_limiter" in message for message in caplog.messages] == [True]


@pytest.mark.parametrize("kind", CLASSES)
def test_a_worker_takes_the_environments_key(
    kind: type[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    pickled = pickle.dumps(kind(api_key=KEY, api_base=URL))
    monkeypatch.setenv("IONOS_API_KEY", "another")

    again = spawned(pickled, monkeypatch)

    assert again.api_base == URL
    assert again.clients.settings.key.get_secret_value() == "another"


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize(
    ("environment", "told"), [({}, "IONOS_API_KEY"), ({"IONOS_API_KEY": "two words"}, "whitespace")]
)
def test_a_worker_without_a_good_key_unpickles_and_tells_when_called(
    kind: type[Connection],
    environment: dict[str, str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pickled = pickle.dumps(kind(api_key=KEY, api_base=URL))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    again = spawned(pickled, monkeypatch)

    with pytest.raises(ConfigurationError, match=told):
        again.clients.sync.models()
    with pytest.raises(ConfigurationError, match=told):
        asyncio.run(again.clients.aio.models())


def test_a_key_function_that_does_not_pickle_is_replaced_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pickled = pickle.dumps(IONOSEmbedding(api_key=lambda: KEY, api_base=URL))
    monkeypatch.setenv("IONOS_API_KEY", "another")

    assert pickle.loads(pickled).clients.settings.key.get_secret_value() == "another"


@pytest.mark.parametrize("kind", CLASSES)
def test_a_changed_field_counts_from_the_next_call(kind: type[Connection]) -> None:
    made = kind(api_key=KEY, api_base=URL)
    first = made.clients
    assert made.clients is first

    made.timeout, made.api_key = 7, "another"

    assert made.clients.settings.timeout == 7
    assert made.clients.settings.key.get_secret_value() == "another"
    assert "another" not in str(pickle.dumps(made))
    made.max_retries = -1
    with pytest.raises(ConfigurationError, match="max_retries"):
        assert made.clients


def test_payloads_of_embeddings_name_model_and_dimensions() -> None:
    made = IONOSEmbedding(api_key=KEY, model="BAAI/bge-m3", default_headers={"X-Secret": KEY})

    assert made.to_payload() == {
        "class_name": "IONOSEmbedding",
        "model_name": "BAAI/bge-m3",
        "embed_batch_size": 64,
    }
    made.dimensions = 256
    assert made.to_payload()["dimensions"] == 256
