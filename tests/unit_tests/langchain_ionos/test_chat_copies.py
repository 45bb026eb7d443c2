"""Copies, pickles, changed fields, serialization and caches of the chat model."""

import copy
import pickle
from collections.abc import Callable

import cloudpickle
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumps, loads
from langchain_server import Connect, HelloServer

from langchain_ionos import ChatIONOS

LOCAL = {"api_key": "any", "base_url": "http://localhost:1/v1"}


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        lambda llm: llm.model_copy(),
        lambda llm: pickle.loads(pickle.dumps(llm)),  # our own bytes
        lambda llm: pickle.loads(cloudpickle.dumps(llm)),  # our own bytes
    ],
)
@pytest.mark.parametrize("is_used", [False, True])
def test_copies_and_pickles_are_equal(
    connect: Connect,
    server: HelloServer,
    duplicate: Callable[[ChatIONOS], ChatIONOS],
    is_used: bool,
) -> None:
    llm = ChatIONOS(model="some/model", temperature=0.3, **connect(server))
    if is_used:
        llm.invoke("Hi")
    other = duplicate(llm)
    assert other._identifying_params == llm._identifying_params
    assert other.api_key == llm.api_key
    assert other.profile == llm.profile


def test_changed_fields_apply_from_the_next_call(connect: Connect, server: HelloServer) -> None:
    llm = ChatIONOS(**connect(server))
    llm.invoke("Hi")
    before = llm.clients
    assert llm.clients is before
    llm.temperature = 0.7
    llm.max_retries = 5
    llm.invoke("Hi")
    assert server.last_request["temperature"] == 0.7
    assert llm.clients.settings.max_retries == 5
    other = HelloServer()
    copied = llm.model_copy(update={"http_client": connect(other)["http_client"], "seed": 3})
    copied.invoke("Hi")
    assert other.last_request["seed"] == 3
    llm.invoke("Hi")
    assert "seed" not in server.last_request


async def test_context_managers_close_connections(connect: Connect, server: HelloServer) -> None:
    with ChatIONOS(**connect(server)) as llm:
        assert llm.invoke("Hi").content == "Hello 0"
    async with ChatIONOS(**connect(server)) as llm:
        assert (await llm.ainvoke("Hi")).content == "Hello 0"
    llm.close()
    await llm.aclose()
    assert llm.invoke("Hi").content == "Hello 0"


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_dumped_model_can_be_loaded() -> None:
    llm = ChatIONOS(model="some/model", temperature=0.3, stop=["END"], max_retries=0, **LOCAL)
    loaded = loads(
        dumps(llm),
        allowed_objects=[ChatIONOS],
        secrets_map={"IONOS_API_KEY": "other-key"},
        valid_namespaces=["langchain_ionos"],
    )
    assert loaded._identifying_params == llm._identifying_params
    assert loaded.max_retries == 0
    assert loaded.api_key.get_secret_value() == "other-key"


def test_cache_key_follows_changed_fields(connect: Connect, server: HelloServer) -> None:
    llm = ChatIONOS(cache=InMemoryCache(), logit_bias={"1": 1.0}, **connect(server))
    llm.invoke("Hi")
    llm.invoke("Hi")
    assert len(server.requests) == 1
    llm.temperature = 0.9
    llm.invoke("Hi")
    assert len(server.requests) == 2
    assert llm.logit_bias is not None
    llm.logit_bias["1"] = 2.0
    llm.invoke("Hi")
    assert len(server.requests) == 3
    llm.model_copy(update={"seed": 5}).invoke("Hi")
    assert len(server.requests) == 4
    llm.invoke("Hi")
    assert len(server.requests) == 4


def test_serialized_form_for_traces_follows_changed_fields(
    connect: Connect, server: HelloServer
) -> None:
    llm = ChatIONOS(temperature=0.1, **connect(server))
    assert llm._serialized["kwargs"]["temperature"] == 0.1
    llm.temperature = 0.2
    assert llm._serialized["kwargs"]["temperature"] == 0.2
    assert llm._serialized is llm._serialized
