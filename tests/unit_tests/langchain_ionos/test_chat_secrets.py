"""The chat model never shows its API key."""

import json
import pickle

import cloudpickle
import httpx
import pytest
from langchain_core.load import dumps
from langchain_server import HelloServer

from langchain_ionos import ChatIONOS

SECRET = "sk-this-is-a-secret"
LOCAL = {"api_key": SECRET, "base_url": "http://localhost:1/v1"}


def test_key_appears_in_no_representation() -> None:
    llm = ChatIONOS(**LOCAL)
    representations = [
        repr(llm),
        str(llm),
        llm.model_dump_json(),
        repr(llm.model_dump()),
        dumps(llm),
        repr(llm._identifying_params),
        repr(llm._get_invocation_params()),
        repr(llm._get_ls_params()),
        llm._get_llm_string(),
        repr(pickle.dumps(llm)),
        repr(cloudpickle.dumps(llm)),
        repr(llm.bind(stop=["a"])),
    ]
    assert not [text for text in representations if SECRET in text]


def test_default_headers_appear_in_no_representation() -> None:
    llm = ChatIONOS(api_key="any", default_headers={"x-proxy-key": SECRET})
    representations = [
        repr(llm),
        str(llm),
        llm.model_dump_json(),
        dumps(llm),
        llm._get_llm_string(),
    ]
    assert not [text for text in representations if SECRET in text]


def test_headers_and_query_of_a_call_are_hidden_in_the_repr_of_a_bound_model() -> None:
    bound = ChatIONOS(**LOCAL).bind(
        stop=["END"], extra_headers={"x-proxy-key": SECRET}, extra_query={"key": SECRET}
    )
    for runnable in (bound, bound.with_config(tags=["a"]), bound.with_structured_output(int)):
        assert SECRET not in f"{runnable!r} {runnable}"
        assert "'stop': ['END']" in repr(runnable)
    assert bound.kwargs["extra_headers"] == {"x-proxy-key": SECRET}


def test_a_changed_key_is_hidden() -> None:
    llm = ChatIONOS(**LOCAL)
    llm.api_key = "another-secret"
    copied = llm.model_copy(update={"api_key": "third-secret"})
    text = f"{llm!r} {llm.model_dump_json()} {copied!r} {copied.model_dump_json()} {dumps(copied)}"
    assert "secret" not in text.replace('"type": "secret"', "")


@pytest.mark.parametrize("is_async", [False, True])
async def test_key_function_is_called_for_each_request(is_async: bool) -> None:
    seen = []
    keys = iter(["first-key", "second-key", "third-key"])

    async def async_key() -> str:
        return next(keys)

    def sync_key() -> str:
        return next(keys)

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return HelloServer()(json.loads(request.content))

    transport = httpx.MockTransport(respond)
    llm = ChatIONOS(
        api_key=async_key if is_async else sync_key,
        base_url="http://localhost:1/v1",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )
    if not is_async:
        llm.invoke("Hi")
    await llm.ainvoke("Hi")
    await llm.ainvoke("Hi")
    assert len(set(seen)) == len(seen) >= 2
    assert "key" not in llm.model_dump_json().replace("api_key", "")
