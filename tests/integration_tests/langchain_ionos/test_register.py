"""`ionos:<model>` in LangChain's factory functions, against the emulator."""

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.chat_models import base as chat_factory
from langchain.chat_models import init_chat_model
from langchain.embeddings import base as embeddings_factory
from langchain.embeddings import init_embeddings
from langchain_core.tools import tool

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS, register


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch, ionos_emulator_env: Emulator) -> None:
    """Register in copies of the tables, so that other tests are not affected."""
    for factory in (chat_factory, embeddings_factory):
        monkeypatch.setattr(factory, "_BUILTIN_PROVIDERS", {**factory._BUILTIN_PROVIDERS})
    register()


async def test_init_chat_model() -> None:
    model = init_chat_model("ionos:openai/gpt-oss-120b", temperature=0)
    assert isinstance(model, ChatIONOS)
    assert model.model == "openai/gpt-oss-120b"
    assert model.invoke("Say exactly: Hallo").text == "Hallo"
    assert (await model.ainvoke("Say exactly: Hallo")).text == "Hallo"


def test_init_chat_model_with_separate_provider(ionos_emulator: Emulator) -> None:
    model = init_chat_model("meta-llama/Llama-3.3-70B-Instruct", model_provider="ionos")
    model.invoke("Hi")
    assert ionos_emulator.requests[0].json["model"] == "meta-llama/Llama-3.3-70B-Instruct"


def test_model_configured_per_call(ionos_emulator: Emulator) -> None:
    configurable = init_chat_model(configurable_fields=("model", "model_provider"))
    chosen = {"model": "mistralai/Mistral-Nemo-Instruct-2407", "model_provider": "ionos"}
    configurable.invoke("Hi", config={"configurable": chosen})
    assert ionos_emulator.requests[0].json["model"] == chosen["model"]


async def test_init_embeddings() -> None:
    embeddings = init_embeddings("ionos:BAAI/bge-m3")
    assert len(embeddings.embed_query("Hi")) == 1024
    separate = init_embeddings("BAAI/bge-m3", provider="ionos")
    assert await separate.aembed_query("Hi") == embeddings.embed_query("Hi")


async def test_create_agent() -> None:
    calls: list[tuple[float, float]] = []

    @tool
    def multiply(a: float, b: float) -> float:
        """Multiply two numbers."""
        calls.append((a, b))
        return a * b

    agent = create_agent("ionos:openai/gpt-oss-120b", [multiply])
    question: Any = {"messages": [("human", "Use multiply to multiply 6 and 7.")]}
    for state in (agent.invoke(question), await agent.ainvoke(question)):
        assert [message.type for message in state["messages"]] == ["human", "ai", "tool", "ai"]
    assert calls == [(6, 7), (6, 7)]
