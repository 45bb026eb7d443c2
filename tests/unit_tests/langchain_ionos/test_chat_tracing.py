"""Traces, callbacks and LangChain's rate limiter with the chat model."""

from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import HumanMessage
from langchain_core.rate_limiters import BaseRateLimiter
from langchain_server import Connect, HelloServer, Json

from langchain_ionos import ChatIONOS


class Recorder(BaseCallbackHandler):
    def __init__(self) -> None:
        self.params: Json = {}
        self.metadata: Json = {}
        self.options: Json = {}
        self.tokens: list[str] = []

    def on_chat_model_start(
        self, *_: Any, metadata: Json, invocation_params: Json, options: Json, **__: Any
    ) -> None:
        self.params, self.metadata, self.options = invocation_params, metadata, options

    def on_llm_new_token(self, token: str, **_: Any) -> None:
        self.tokens.append(token)


def test_traces_contain_provider_model_and_options(connect: Connect, server: HelloServer) -> None:
    recorder = Recorder()
    llm = ChatIONOS(temperature=0.1, max_tokens=9, stop=["END"], **connect(server))
    message = llm.invoke("Hi", config={"callbacks": [recorder]}, model="some/model")
    metadata, params = recorder.metadata, recorder.params
    assert metadata["ls_provider"] == message.response_metadata["model_provider"] == "ionos"
    assert metadata["ls_model_name"] == "some/model"
    assert metadata["ls_temperature"] == 0.1
    assert metadata["ls_max_tokens"] == 9
    assert metadata["ls_stop"] == ["END"]
    assert "langchain-ionos" in metadata["lc_versions"]
    assert params["model"] == "some/model"
    assert params["temperature"] == 0.1
    assert params["_type"] == "ionos-chat"


@pytest.mark.parametrize("method", ["invoke", "stream"])
def test_headers_and_query_of_a_call_are_not_traced(
    connect: Connect, server: HelloServer, method: str
) -> None:
    recorder = Recorder()
    llm = ChatIONOS(cache=InMemoryCache(), **connect(server))
    options: Any = {"extra_headers": {"x-key": "hidden-1"}, "extra_query": {"sig": "hidden-2"}}
    config: Any = {"callbacks": [recorder]}
    if method == "invoke":
        llm.invoke("Hi", config=config, **options)
    else:
        list(llm.stream("Hi", config=config, **options))
    assert recorder.params["model"] == llm.model
    assert "hidden" not in f"{recorder.params} {recorder.metadata} {recorder.options}"
    assert "hidden" not in llm._get_llm_string(**options)


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize("version", ["stream", "v3"])
def test_callbacks_receive_each_token_once(
    connect: Connect, server: HelloServer, version: str
) -> None:
    recorder = Recorder()
    llm = ChatIONOS(**connect(server))
    config: Any = {"callbacks": [recorder]}
    if version == "stream":
        list(llm.stream("Hi", config=config))
    else:
        list(llm.stream_events("Hi", config=config, version="v3"))
    assert "".join(recorder.tokens) == "Hello 0"


async def test_run_manager_receives_each_chunk_once(connect: Connect, server: HelloServer) -> None:
    llm = ChatIONOS(**connect(server))
    manager = Mock()
    list(llm._stream([HumanMessage("Hi")], run_manager=manager))
    manager.on_llm_new_token.assert_called_once()
    async_manager = AsyncMock()
    [chunk async for chunk in llm._astream([HumanMessage("Hi")], run_manager=async_manager)]
    async_manager.on_llm_new_token.assert_awaited_once()


class CountingLimiter(BaseRateLimiter):
    calls = 0

    def acquire(self, *, blocking: bool = True) -> bool:
        self.calls += 1
        return True

    async def aacquire(self, *, blocking: bool = True) -> bool:
        return self.acquire(blocking=blocking)


async def test_langchain_rate_limiter_is_called(connect: Connect, server: HelloServer) -> None:
    limiter = CountingLimiter()
    llm = ChatIONOS(rate_limiter=limiter, **connect(server))
    llm.invoke("Hi")
    list(llm.stream("Hi"))
    await llm.ainvoke("Hi")
    assert limiter.calls == 3
