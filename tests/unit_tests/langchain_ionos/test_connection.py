"""The connection fields: checked, changeable, copied, pickled, and never shown."""

import copy
import pickle
from dataclasses import MISSING, fields
from typing import Any

import cloudpickle
import httpx
import pytest
from pydantic import SecretStr, ValidationError

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings import Settings
from langchain_ionos.connection import Connection
from langchain_ionos.embeddings import IONOSEmbeddings
from langchain_ionos.image_tool import IONOSImageTool
from langchain_ionos.llms import IONOSLLM
from langchain_ionos.rerank import IONOSRerank

SECRET = "very-secret-key"
URL = "http://localhost:1/v1"
KINDS = (IONOSLLM, IONOSEmbeddings, IONOSRerank, IONOSImageTool)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> type[Connection]:
    found: type[Connection] = request.param
    return found


@pytest.fixture
def connected(kind: type[Connection]) -> Connection:
    return kind(api_key=SECRET, base_url=URL)


def secret_of(connection: Connection) -> str:
    key = connection.clients.settings.key
    assert isinstance(key, SecretStr)
    return key.get_secret_value()


@pytest.mark.parametrize("name", ["IONOS_API_KEY", "IONOS_API_TOKEN", "IONOS_TOKEN"])
def test_the_environment_names_key_and_url(
    kind: type[Connection], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "from-environment")
    monkeypatch.setenv("IONOS_BASE_URL", "http://localhost:2/v1/")
    connected = kind()
    assert isinstance(connected.api_key, SecretStr)
    assert connected.api_key.get_secret_value() == secret_of(connected) == "from-environment"
    assert connected.base_url == connected.clients.settings.url == "http://localhost:2/v1"


def test_without_a_key_construction_fails(kind: type[Connection]) -> None:
    with pytest.raises(ConfigurationError, match="IONOS_API_KEY") as caught:
        kind()
    assert caught.value.param == "api_key"


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [("api_keys", "'api_key'"), ("modle", "'model'"), ("max_retry", "'max_retries'")],
)
def test_unknown_arguments_are_refused(kind: type[Connection], wrong: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Did you mean {hint}") as caught:
        kind(**{"api_key": "k", wrong: SECRET})
    assert SECRET not in str(caught.value)


def test_names_known_from_other_packages_are_taken(kind: type[Connection]) -> None:
    connected = kind(api_key="k", model_name="some/model", request_timeout=9)
    assert (connected.model, connected.timeout) == ("some/model", 9)  # type: ignore[attr-defined]  # each kind has one


def test_an_unknown_argument_like_no_other_gets_no_guess(kind: type[Connection]) -> None:
    with pytest.raises(ConfigurationError, match="takes no argument 'xyz'") as caught:
        kind(api_key="k", xyz=1)
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout": -1},
        {"base_url": "http://example.com/v1"},
        {"api_key": "two words"},
        {"api_key": 7},
        {"max_retries": "many"},
        {"http_client": "none"},
        {"default_headers": {"X-Secret": 1}},
    ],
    ids=str,
)
def test_wrong_values_name_the_field(kind: type[Connection], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        kind(**{"api_key": SECRET, "base_url": URL, **wrong})


def test_a_wrong_key_is_not_told() -> None:
    bad = f"{SECRET}\n{SECRET}"
    with pytest.raises(ConfigurationError) as caught:
        IONOSEmbeddings(api_key=bad)
    assert SECRET not in repr(caught.value)
    with pytest.raises(ValidationError) as refused:
        IONOSEmbeddings.model_validate({"api_key": bad})
    assert SECRET not in str(refused.value)


def test_the_defaults_are_those_of_the_transport() -> None:
    for each in fields(Settings):
        ours = Connection.model_fields[each.name].get_default(call_default_factory=True)
        assert ours == ({} if each.default is MISSING else each.default), each.name


@pytest.mark.parametrize("source", [SECRET, SecretStr(SECRET), lambda: SECRET])
def test_the_key_is_never_shown(kind: type[Connection], source: Any) -> None:
    connected = kind(api_key=source, base_url=URL, default_headers={"X-Gateway": SECRET})
    assert SECRET not in repr(connected) + str(connected)
    assert SECRET not in str(connected.model_dump())
    shown = connected.model_dump_json(include={"api_key", "base_url", "default_headers"})
    assert SECRET not in shown
    assert SECRET.encode() not in cloudpickle.dumps(kind(api_key=SECRET, base_url=URL))


def test_a_key_set_later_is_checked_and_not_shown(connected: Connection) -> None:
    connected.api_key = f"{SECRET}-2"
    assert SECRET not in repr(connected) + str(connected.model_dump())
    assert secret_of(connected) == f"{SECRET}-2"
    with pytest.raises(ConfigurationError, match="whitespace"):
        connected.api_key = "two words"


def test_a_changed_field_counts_from_the_next_call(connected: Connection) -> None:
    before = connected.clients
    assert connected.clients is before
    connected.max_retries = 7
    connected.timeout = 3
    assert (connected.clients.settings.max_retries, connected.clients.settings.timeout) == (7, 3)
    connected.timeout = -3
    with pytest.raises(ConfigurationError, match="timeout"):
        _ = connected.clients


def test_changed_headers_count(connected: Connection) -> None:
    assert connected.clients.settings.default_headers.keys() == {"user-agent"}
    connected.default_headers = {"X-Team": "a"}
    assert connected.clients.settings.default_headers["X-Team"] == "a"


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda each: each.model_copy(),
        lambda each: each.model_copy(deep=True),
        lambda each: pickle.loads(pickle.dumps(each)),  # our own pickle
        lambda each: pickle.loads(cloudpickle.dumps(each)),  # our own pickle
    ],
    ids=["copy", "deepcopy", "model_copy", "model_copy deep", "pickle", "cloudpickle"],
)
@pytest.mark.parametrize("used", [False, True], ids=["unused", "used"])
def test_copies_lead_to_the_same_hub(connected: Connection, copied: Any, used: bool) -> None:
    connected.max_retries = 5
    if used:
        _ = connected.clients.sync, connected.clients.aio
    other = copied(connected)
    assert type(other) is type(connected)
    assert secret_of(other) == SECRET
    assert (other.clients.settings.url, other.clients.settings.max_retries) == (URL, 5)
    other.max_retries = 1
    assert connected.clients.settings.max_retries == 5


def test_a_changed_copy_leaves_the_original_alone(connected: Connection) -> None:
    before = connected.clients
    other = connected.model_copy(update={"max_retries": 0})
    assert other.clients.settings.max_retries == 0
    assert connected.clients is before


def test_own_http_clients_stay_in_copies_but_not_in_pickles(kind: type[Connection]) -> None:
    own, own_async = httpx.Client(), httpx.AsyncClient()
    connected = kind(api_key=SECRET, base_url=URL, http_client=own, http_async_client=own_async)
    _ = connected.clients
    copied = copy.deepcopy(connected)
    assert (copied.http_client, copied.http_async_client) == (own, own_async)
    assert copied.clients is not connected.clients
    unpickled = pickle.loads(pickle.dumps(connected))  # our own pickle
    assert (unpickled.http_client, unpickled.http_async_client) == (None, None)
    own.close()


async def test_blocks_close_what_they_opened(connected: Connection) -> None:
    with connected as entered:
        assert entered is connected
    async with connected as entered:
        assert entered is connected


def test_a_json_schema_without_the_http_clients() -> None:
    properties = IONOSEmbeddings.model_json_schema()["properties"]
    assert properties["api_key"]["anyOf"][0]["format"] == "password"
    assert "http_client" not in properties
