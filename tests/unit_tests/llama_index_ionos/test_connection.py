"""The connection fields of the LlamaIndex classes: checks, copies, pickles and dumps."""

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
from pydantic import SecretStr

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings import HUB_URL, SETTINGS, Settings
from llama_index_ionos import IONOS, IONOSEmbedding, IONOSImageToolSpec, IONOSRerank
from llama_index_ionos.connection import Connection

KEY = "secret-4711"
URL = "http://localhost:8400/v1"

CLASSES: list[type[Connection]] = [IONOS, IONOSEmbedding, IONOSRerank]
ALL_CLASSES: list[Callable[..., Any]] = [*CLASSES, IONOSImageToolSpec]


def unpickle_elsewhere(pickled: bytes, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Unpickle as another process would, which does not know the key."""
    monkeypatch.setattr("ionos_model_hub.credentials._known_key", lambda _: None)
    return pickle.loads(pickled)


@pytest.mark.parametrize("kind", CLASSES)
def test_defaults_are_those_of_the_settings(kind: type[Connection]) -> None:
    model, settings = kind(api_key=KEY), Settings(api_key=KEY)

    assert model.base_url == model.api_base == HUB_URL
    for name in SETTINGS:
        assert getattr(model, name) == getattr(settings, name)


def test_subclasses_may_change_defaults() -> None:
    class Patient(IONOSEmbedding):
        timeout: float | None = 600.0

    model = Patient(api_key=KEY)
    assert model.clients.settings.timeout == model.timeout == 600.0


@pytest.mark.parametrize("kind", ALL_CLASSES)
def test_missing_key_is_a_configuration_error(kind: Callable[..., Any]) -> None:
    with pytest.raises(ConfigurationError, match="IONOS_API_KEY") as caught:
        kind()
    assert caught.value.param == "api_key"


@pytest.mark.parametrize("kind", CLASSES)
def test_key_and_url_from_environment(
    kind: type[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IONOS_API_KEY", KEY)
    monkeypatch.setenv("IONOS_BASE_URL", URL)

    model = kind()

    assert model.api_base == URL
    assert model.clients.settings.key.get_secret_value() == KEY


@pytest.mark.parametrize("kind", ALL_CLASSES)
@pytest.mark.parametrize(("wrong", "meant"), [("timeot", "timeout"), ("api_bse", "api_base")])
def test_misspelt_arguments_are_rejected_with_suggestion(
    kind: Callable[..., Any], wrong: str, meant: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"Did you mean '{meant}'"):
        kind(api_key=KEY, **{wrong: 1})


@pytest.mark.parametrize("kind", ALL_CLASSES)
def test_misspelt_model_is_rejected_with_suggestion(kind: Callable[..., Any]) -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'model'"):
        kind(api_key=KEY, modle="BAAI/bge-m3")


@pytest.mark.parametrize("kind", ALL_CLASSES)
def test_two_names_of_one_argument_are_rejected(kind: Callable[..., Any]) -> None:
    with pytest.raises(ConfigurationError, match="base_url is set by two arguments"):
        kind(api_key=KEY, base_url=URL, api_base=URL)


@pytest.mark.parametrize("kind", CLASSES)
def test_names_of_llama_index_are_accepted(kind: type[Connection]) -> None:
    client = httpx.AsyncClient()
    for name in ("model", "model_name"):
        model = kind(api_key=KEY, api_base=URL, async_http_client=client, **{name: "some/model"})
        assert getattr(model, "model_name" if kind is IONOSEmbedding else "model") == "some/model"
        assert (model.base_url, model.async_http_client) == (URL, client)
    model.api_base = "http://localhost:2/v1"
    model.async_http_client = None
    assert model.clients.settings.url == "http://localhost:2/v1"
    assert model.http_async_client is None


@pytest.mark.parametrize("kind", ALL_CLASSES)
@pytest.mark.parametrize("timeout", [(3, 60), httpx.Timeout(60, connect=3)])
def test_timeout_accepts_the_forms_of_httpx(kind: Callable[..., Any], timeout: Any) -> None:
    model = kind(api_key=KEY, timeout=timeout)
    settings = (model.clients if isinstance(model, Connection) else model._clients).settings
    assert (settings.connect_timeout, settings.timeout) == (3, 60)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_argument_is_documented(kind: type[Connection]) -> None:
    assert kind.__doc__ is not None
    for name in (*SETTINGS, "http_client", "http_async_client"):
        assert f"\n    {name}: " in kind.__doc__


@pytest.mark.parametrize("kind", CLASSES)
def test_documented_arguments_begin_with_the_model(kind: type[Connection]) -> None:
    _, arguments = (kind.__doc__ or "").split("\nArguments:\n")
    assert arguments.lstrip().startswith("model")


@pytest.mark.parametrize("kind", ALL_CLASSES)
@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"timeout": "long"}, "timeout"),
        ({"max_retries": -1}, "max_retries"),
        ({"api_base": "http://hub.example/v1"}, "base_url"),
        ({"api_key": "two words"}, "api_key"),
    ],
)
def test_invalid_values_are_configuration_errors(
    kind: Callable[..., Any], wrong: dict[str, Any], param: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(**{"api_key": KEY, **wrong})
    assert caught.value.param == param
    assert "two words" not in str(caught.value)


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("key", [KEY, SecretStr(KEY)])
def test_key_is_never_shown(kind: type[Connection], key: str | SecretStr) -> None:
    model = kind(api_key=key, api_base=URL, default_headers={"X-Secret": KEY})

    shown = [repr(model), str(model), repr(model.__dict__["api_key"]), model.to_json()]
    shown += [str(model.to_dict()), str(model.model_dump()), model.model_dump_json()]
    shown += [repr(model.clients), str(pickle.dumps(kind(api_key=key)))]

    assert not [text for text in shown if KEY in text]


@pytest.mark.parametrize("kind", CLASSES)
def test_repr_has_the_model_and_the_fields_that_are_set(kind: type[Connection]) -> None:
    name = "model_name" if kind is IONOSEmbedding else "model"
    model = kind(api_key=KEY, model="some/model", default_headers={"X-Secret": KEY})
    assert repr(model) == f"{kind.__name__}({name}='some/model')"
    model.timeout = 7
    assert "timeout=7" in repr(model)
    assert f"({name}=" in repr(kind(api_key=KEY))


def test_errors_do_not_contain_the_key() -> None:
    with pytest.raises(ConfigurationError, match="embed_batch_size must be") as caught:
        IONOSEmbedding(api_key=KEY, embed_batch_size=0)
    error = caught.value
    assert KEY not in f"{error!r} {error} {vars(error)}"
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize("kind", CLASSES)
def test_dumps_are_loaded_with_the_key_of_the_environment(
    kind: type[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = kind(api_key=KEY, api_base=URL, timeout=7, max_retries=0)
    dump = model.to_dict()
    monkeypatch.setenv("IONOS_API_KEY", "another")

    loaded = kind.from_dict(dump)

    assert dump["class_name"] == kind.__name__
    assert json.loads(model.to_json()) == dump
    assert loaded.to_dict() == dump
    assert loaded.clients.settings.key.get_secret_value() == "another"


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]
)
def test_copies_and_pickles_in_the_same_process_keep_the_key(
    kind: type[Connection], copied: Callable[[Any], Any]
) -> None:
    model = kind(api_key=KEY, api_base=URL, timeout=7)
    assert model.clients

    loaded = copied(model)

    assert loaded.to_dict() == model.to_dict()
    assert loaded.clients.settings.key.get_secret_value() == KEY


def test_deep_copies_share_resources() -> None:
    with httpx.Client() as client:
        parts = {
            "http_client": client,
            "callback_manager": CallbackManager([]),
            "rate_limiter": TokenBucketRateLimiter(requests_per_minute=60),
            "embeddings_cache": SimpleKVStore(),
        }
        loaded = copy.deepcopy(IONOSEmbedding(api_key=KEY, **parts))

        assert all(getattr(loaded, name) is part for name, part in parts.items())


def test_pickling_does_not_change_the_original(caplog: pytest.LogCaptureFixture) -> None:
    limiter = TokenBucketRateLimiter(requests_per_minute=60)
    with httpx.Client() as client, caplog.at_level(logging.WARNING):
        model = IONOSEmbedding(api_key=KEY, rate_limiter=limiter, http_client=client)

        loaded = pickle.loads(pickle.dumps(model))

        assert (model.rate_limiter, model.http_client) == (limiter, client)
        assert (loaded.rate_limiter, loaded.http_client) == (None, None)
        assert ["rate_limiter" in message for message in caplog.messages] == [True]


@pytest.mark.parametrize("kind", CLASSES)
def test_workers_use_the_key_of_their_environment(
    kind: type[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    pickled = pickle.dumps(kind(api_key=KEY, api_base=URL))
    monkeypatch.setenv("IONOS_API_KEY", "another")

    loaded = unpickle_elsewhere(pickled, monkeypatch)

    assert loaded.api_base == URL
    assert loaded.clients.settings.key.get_secret_value() == "another"


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize(
    ("environment", "message"),
    [({}, "IONOS_API_KEY"), ({"IONOS_API_KEY": "two words"}, "whitespace")],
)
def test_workers_without_a_valid_key_fail_with_the_first_call(
    kind: type[Connection],
    environment: dict[str, str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pickled = pickle.dumps(kind(api_key=KEY, api_base=URL))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    loaded = unpickle_elsewhere(pickled, monkeypatch)

    with pytest.raises(ConfigurationError, match=message):
        loaded.clients.sync.models()
    with pytest.raises(ConfigurationError, match=message):
        asyncio.run(loaded.clients.aio.models())


def test_unpicklable_key_functions_are_replaced_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pickled = pickle.dumps(IONOSEmbedding(api_key=lambda: KEY, api_base=URL))
    monkeypatch.setenv("IONOS_API_KEY", "another")

    assert pickle.loads(pickled).clients.settings.key.get_secret_value() == "another"


@pytest.mark.parametrize("kind", CLASSES)
def test_changed_fields_take_effect_with_the_next_call(kind: type[Connection]) -> None:
    model = kind(api_key=KEY, api_base=URL)
    first = model.clients
    assert model.clients is first

    model.timeout, model.api_key = 7, "another"

    assert model.clients.settings.timeout == 7
    assert model.clients.settings.key.get_secret_value() == "another"
    assert "another" not in str(pickle.dumps(model))
    model.max_retries = -1
    with pytest.raises(ConfigurationError, match="max_retries"):
        assert model.clients


def test_payloads_of_embeddings_contain_model_and_dimensions() -> None:
    model = IONOSEmbedding(api_key=KEY, model="BAAI/bge-m3", default_headers={"X-Secret": KEY})

    assert model.to_payload() == {
        "class_name": "IONOSEmbedding",
        "model_name": "BAAI/bge-m3",
        "embed_batch_size": 64,
    }
    model.dimensions = 256
    assert model.to_payload()["dimensions"] == 256
