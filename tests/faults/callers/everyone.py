"""All callers, as a parameter of tests."""

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

ENGINES = {"httpx": Httpx, "httpx-async": HttpxAsync}

everyone = pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS.keys())
every_engine = pytest.mark.parametrize(
    "caller", [*CALLERS.values(), *ENGINES.values()], ids=[*CALLERS, *ENGINES]
)
methods = pytest.mark.parametrize("method", ["chat", "stream", "embed", "rerank"])
