"""Callers and methods as parameters of tests."""

import pytest
from faults.callers.bare import Bare, BareAsync, Httpx, HttpxAsync
from faults.callers.langchain import LangChain, LangChainAsync
from faults.callers.llama_index import LlamaIndex, LlamaIndexAsync

CALLERS = {
    "bare": Bare,
    "bare-async": BareAsync,
    "langchain": LangChain,
    "langchain-async": LangChainAsync,
    "llama_index": LlamaIndex,
    "llama_index-async": LlamaIndexAsync,
}

HTTPX_CALLERS = {"httpx": Httpx, "httpx-async": HttpxAsync}

all_callers = pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS.keys())
all_methods = pytest.mark.parametrize("method", ["chat", "stream", "embed", "rerank"])
