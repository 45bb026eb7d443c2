"""The connection fields: checked, changeable, copied, pickled, and never shown."""

import copy
import pickle
from typing import Any

import cloudpickle
import httpx
import pytest
from langchain_core.exceptions import ModelError
from pydantic import SecretStr, ValidationError

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings import SETTINGS
from langchain_ionos import ChatIONOS
from langchain_ionos.connection import Connection
from langchain_ionos.embeddings import IONOSEmbeddings
from langchain_ionos.errors import IONOSConfigurationError
from langchain_ionos.image_tool import IONOSImageTool
from langchain_ionos.llms import IONOSLLM
from langchain_ionos.rerank import IONOSRerank

SECRET = "very-secret-key"
URL = "http://localhost:1/v1"
KINDS = (ChatIONOS, IONOSLLM, IONOSEmbeddings, IONOSRerank, IONOSImageTool)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> type[Connection]:
    param: type[Connection] = request.param
    return param


@pytest.fixture
def model(kind: type[Connection]) -> Connection:
    return kind(api_key=SECRET, base_url=URL)


def secret_of(model: Connection) -> str:
    key = model.clients.settings.key
    assert isinstance(key, SecretStr)
    return key.get_secret_value()


@pytest.mark.parametrize("name", ["IONOS_API_KEY", "IONOS_API_TOKEN", "IONOS_TOKEN"])
def test_key_and_url_from_environment(
    kind: type[Connection], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "from-environment")
    monkeypatch.setenv("IONOS_BASE_URL", "http://localhost:2/v1/")
    model = kind()
    assert isinstance(model.api_key, SecretStr)
    assert model.api_key.get_secret_value() == secret_of(model) == "from-environment"
    assert model.base_url == model.clients.settings.url == "http://localhost:2/v1"


def test_missing_key_is_a_configuration_error(kind: type[Connection]) -> None:
    with pytest.raises(IONOSConfigurationError, match="IONOS_API_KEY") as caught:
        kind()
    assert caught.value.param == "api_key"


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [("api_keys", "'api_key'"), ("modle", "'model'"), ("max_retry", "'max_retries'")],
)
def test_misspelt_arguments_are_rejected_with_suggestion(
    kind: type[Connection], wrong: str, hint: str
) -> None:
    with pytest.raises(ModelError, match=f"Did you mean {hint}") as caught:
        kind(**{"api_key": "k", wrong: SECRET})
    assert isinstance(caught.value, IONOSConfigurationError)
    assert caught.value.param == wrong
    assert SECRET not in str(caught.value)


def test_argument_names_of_other_packages_are_accepted(kind: type[Connection]) -> None:
    model = kind(
        ionos_api_key=SECRET, ionos_base_url=URL, model_name="some/model", request_timeout=9
    )
    assert (model.model, model.timeout, model.base_url) == ("some/model", 9, URL)  # type: ignore[attr-defined]  # each class has a model
    assert secret_of(model) == SECRET


def test_unknown_arguments_without_similar_names(kind: type[Connection]) -> None:
    with pytest.raises(ConfigurationError, match="has no argument 'xyz'") as caught:
        kind(api_key="k", xyz=1)
    assert "Did you mean" not in str(caught.value)


def test_two_names_of_one_argument_are_rejected(kind: type[Connection]) -> None:
    with pytest.raises(IONOSConfigurationError, match="base_url is set by two arguments"):
        kind(api_key=SECRET, base_url=URL, ionos_base_url=URL)


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout": -1},
        {"timeout": "x"},
        {"base_url": "http://example.com/v1"},
        {"api_key": "two words"},
        {"api_key": 7},
        {"max_retries": "many"},
        {"http_client": "none"},
        {"default_headers": {"X-Secret": 1}},
        {"default_query": 1},
        {"fix_model_quirks": 1},
    ],
    ids=str,
)
def test_invalid_values_are_errors_of_both_packages(
    kind: type[Connection], wrong: dict[str, Any]
) -> None:
    with pytest.raises(IONOSConfigurationError) as caught:
        kind(**{"api_key": SECRET, "base_url": URL, **wrong})
    error = caught.value
    assert isinstance(error, ModelError)
    assert isinstance(error, ValueError)
    (name,) = wrong
    assert error.param == name
    assert name in error.message
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"timeout": "x"}, "timeout must be a valid number, got 'x'."),
        ({"timeout": -1}, "timeout must be greater than 0, got -1."),
        ({"max_retries": 1.5}, "max_retries must be a valid integer, got 1.5."),
        (
            {"requests_per_second": 0},
            "requests_per_second must be greater than 0 or 'auto', got 0.",
        ),
        ({"temperature": -1}, "temperature must be greater than or equal to 0, got -1."),
        ({"model": ""}, "model must have at least 1 character, got ''."),
        ({"user": 7}, "user must be a valid string, got 7."),
        ({"user": ["x" * 99]}, "user must be a valid string, got list."),
        ({"seed": "x" * 17}, "seed must be a valid integer"),
        ({"default_query": {"key": 1}}, "default_query must be a valid string."),
    ],
    ids=str,
)
def test_messages_about_invalid_values(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(IONOSConfigurationError) as caught:
        ChatIONOS(api_key=SECRET, **arguments)
    assert message in caught.value.message
    assert "x" * 17 not in caught.value.message


def test_conflicting_arguments_are_errors_of_both_packages() -> None:
    with pytest.raises(ModelError, match="n must be 1 with streaming=True") as caught:
        ChatIONOS(api_key=SECRET, n=2, streaming=True)
    assert isinstance(caught.value, IONOSConfigurationError)


def test_invalid_keys_are_not_echoed() -> None:
    invalid = f"{SECRET}\n{SECRET}"
    with pytest.raises(ConfigurationError) as caught:
        IONOSEmbeddings(api_key=invalid)
    assert SECRET not in repr(caught.value)
    with pytest.raises(ValidationError) as rejected:
        IONOSEmbeddings.model_validate({"api_key": invalid})
    assert SECRET not in str(rejected.value)


def test_timeout_accepts_the_forms_of_httpx(kind: type[Connection]) -> None:
    for timeout in ((3, 60), httpx.Timeout(60, connect=3)):
        model = kind(api_key=SECRET, timeout=timeout)
        assert (model.connect_timeout, model.timeout) == (3, 60)
        model = kind(api_key=SECRET)
        model.timeout = timeout
        assert model.clients.settings.connect_timeout == 3
        assert model.clients.settings.timeout == 60


def test_every_argument_is_documented(kind: type[Connection]) -> None:
    assert kind.__doc__ is not None
    for name in (*SETTINGS, "http_client", "http_async_client"):
        assert f"\n    {name}: " in kind.__doc__


@pytest.mark.parametrize("source", [SECRET, SecretStr(SECRET), lambda: SECRET])
def test_key_is_never_shown(kind: type[Connection], source: Any) -> None:
    model = kind(api_key=source, base_url=URL, default_headers={"X-Gateway": SECRET})
    assert SECRET not in repr(model) + str(model)
    assert SECRET not in str(model.model_dump())
    dumped = model.model_dump_json(include={"api_key", "base_url", "default_headers"})
    assert SECRET not in dumped
    assert SECRET.encode() not in cloudpickle.dumps(kind(api_key=SECRET, base_url=URL))


def test_assigned_keys_are_checked_and_not_shown(model: Connection) -> None:
    model.api_key = f"{SECRET}-2"
    assert SECRET not in repr(model) + str(model.model_dump())
    assert secret_of(model) == f"{SECRET}-2"
    with pytest.raises(IONOSConfigurationError, match="whitespace"):
        model.api_key = "two words"


def test_changed_fields_take_effect_with_the_next_call(model: Connection) -> None:
    before = model.clients
    assert model.clients is before
    model.max_retries = 7
    model.timeout = 3
    assert (model.clients.settings.max_retries, model.clients.settings.timeout) == (7, 3)
    model.timeout = -3
    with pytest.raises(ConfigurationError, match="timeout"):
        _ = model.clients


def test_changed_headers_take_effect(model: Connection) -> None:
    assert model.clients.settings.default_headers.keys() == {"user-agent"}
    model.default_headers = {"X-Team": "a"}
    assert model.clients.settings.default_headers["X-Team"] == "a"


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda each: each.model_copy(),
        lambda each: each.model_copy(deep=True),
        lambda each: pickle.loads(pickle.dumps(each)),
        lambda each: pickle.loads(cloudpickle.dumps(each)),
    ],
    ids=["copy", "deepcopy", "model_copy", "model_copy deep", "pickle", "cloudpickle"],
)
@pytest.mark.parametrize("used", [False, True], ids=["unused", "used"])
def test_copies_have_the_same_settings(model: Connection, copied: Any, used: bool) -> None:
    model.max_retries = 5
    if used:
        _ = model.clients.sync, model.clients.aio
    other = copied(model)
    assert type(other) is type(model)
    assert secret_of(other) == SECRET
    assert (other.clients.settings.url, other.clients.settings.max_retries) == (URL, 5)
    other.max_retries = 1
    assert model.clients.settings.max_retries == 5


def test_changed_copies_do_not_affect_the_original(model: Connection) -> None:
    before = model.clients
    other = model.model_copy(update={"max_retries": 0})
    assert other.clients.settings.max_retries == 0
    assert model.clients is before


def test_copies_share_http_clients_and_pickles_omit_them(kind: type[Connection]) -> None:
    own, own_async = httpx.Client(), httpx.AsyncClient()
    model = kind(api_key=SECRET, base_url=URL, http_client=own, http_async_client=own_async)
    _ = model.clients
    copied = copy.deepcopy(model)
    assert (copied.http_client, copied.http_async_client) == (own, own_async)
    assert copied.clients is not model.clients
    unpickled = pickle.loads(pickle.dumps(model))
    assert (unpickled.http_client, unpickled.http_async_client) == (None, None)
    assert model.http_client is own
    own.close()


async def test_context_managers_return_the_model(model: Connection) -> None:
    with model as entered:
        assert entered is model
    async with model as entered:
        assert entered is model


def test_json_schema_hides_the_key_and_omits_http_clients() -> None:
    properties = IONOSEmbeddings.model_json_schema()["properties"]
    assert properties["api_key"]["format"] == "password"
    assert "http_client" not in properties


def test_repr_has_the_model_and_the_fields_that_are_set(kind: type[Connection]) -> None:
    model: Any = kind(api_key=SECRET, model="some/model", default_headers={"X-Secret": SECRET})
    assert repr(model) == f"{kind.__name__}(model='some/model')"
    model.max_retries = 7
    assert repr(model) == f"{kind.__name__}(max_retries=7, model='some/model')"
    assert f"{kind.__name__}(model=" in repr(kind(api_key=SECRET))
