"""Chat models and embeddings for LangChain, and LangChain alone."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Mapping
from typing import Any

from langchain.agents import create_agent
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.messages.tool import tool_call
from langchain_core.output_parsers import PydanticOutputParser
from langchain_core.tools import tool
from langchain_mistralai import ChatMistralAI
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from benchmarks.speed.payloads import MODEL
from benchmarks.speed.subjects import conversations
from benchmarks.speed.subjects.base import (
    KEY,
    PROMPT,
    AsyncCall,
    Berths,
    Call,
    OpenAsyncStream,
    OpenStream,
    Subject,
    weather,
    write_file,
)
from benchmarks.speed.subjects.langchain_httpx import HttpxChat
from benchmarks.speed.subjects.langchain_memory import MemoryChat, MemoryEmbeddings, to_chunk
from benchmarks.speed.subjects.memory import deltas_at
from langchain_ionos import ChatIONOS, IONOSEmbeddings

Make = Callable[[str], BaseChatModel]


def ours(url: str) -> ChatIONOS:
    """Return our chat model."""
    return ChatIONOS(model=MODEL, api_key=KEY, base_url=url)


def openai(url: str) -> ChatOpenAI:
    """Return the chat model of langchain-openai."""
    return ChatOpenAI(model=MODEL, api_key=KEY, base_url=url)  # type: ignore[arg-type]


def mistral(url: str) -> ChatMistralAI:
    """Return the chat model of langchain-mistralai."""
    return ChatMistralAI(model_name=MODEL, api_key=KEY, base_url=url)  # type: ignore[arg-type]


def memory(url: str) -> MemoryChat:
    """Return a model that serves the response of the stub at `url` from memory."""
    call = tool_call(name="weather", args={"city": "Berlin"}, id="call_1")
    return MemoryChat(
        chunks=[to_chunk(delta) for delta in deltas_at(url)],
        tool_call=call if "/agent" in url else None,
    )


def _call(make: Make) -> Callable[[str, int], Call]:
    def prepare(url: str, turns: int) -> Call:
        model, messages = make(url), conversations.langchain(turns)
        return lambda: model.invoke(messages)

    return prepare


def _acall(make: Make) -> Callable[[str, int], AsyncCall]:
    def prepare(url: str, turns: int) -> AsyncCall:
        model, messages = make(url), conversations.langchain(turns)
        return lambda: model.ainvoke(messages)

    return prepare


def _stream(make: Make) -> Callable[[str], OpenStream]:
    def prepare(url: str) -> OpenStream:
        model = make(url)
        return lambda: model.stream(PROMPT)

    return prepare


def _astream(make: Make) -> Callable[[str], OpenAsyncStream]:
    def prepare(url: str) -> OpenAsyncStream:
        model = make(url)

        async def open_stream() -> AsyncIterable[object]:
            return model.astream(PROMPT)

        return open_stream

    return prepare


def _tools(make: Make) -> Callable[[str], OpenStream]:
    def prepare(url: str) -> OpenStream:
        model = make(url).bind_tools([tool(write_file)])
        return lambda: model.stream(PROMPT)

    return prepare


def _structured(make: Make) -> Callable[[str], OpenStream]:
    def prepare(url: str) -> OpenStream:
        model: Any = make(url)
        if isinstance(model, MemoryChat):
            chain = model | PydanticOutputParser(pydantic_object=Berths)
        else:
            chain = model.with_structured_output(Berths, method="json_schema")
        return lambda: chain.stream(PROMPT)

    return prepare


def _embed(make: Callable[[str, int], Embeddings]) -> Any:
    return lambda url, batch: make(url, batch).embed_documents


def _agent(make: Make) -> Callable[[str], AsyncCall]:
    def prepare(url: str) -> AsyncCall:
        agent = create_agent(make(url), [tool(weather)])
        return lambda: agent.ainvoke({"messages": [HumanMessage(PROMPT)]})

    return prepare


def _openai_embeddings(url: str, batch: int) -> Embeddings:
    # With the check, it sends arrays of tokens instead of texts, which the hub rejects.
    options: dict[str, Any] = {"check_embedding_ctx_length": False, "chunk_size": batch}
    return OpenAIEmbeddings(model=MODEL, api_key=KEY, base_url=url, **options)  # type: ignore[arg-type]


def _our_embeddings(url: str, batch: int) -> Embeddings:
    return IONOSEmbeddings(model=MODEL, api_key=KEY, base_url=url, batch_size=batch)


def _observed_call(url: str, options: Mapping[str, Any]) -> Call:
    model = ChatIONOS(model=MODEL, api_key=KEY, base_url=url, **options)
    messages = conversations.langchain(0)
    return lambda: model.invoke(messages)


def _observed_stream(url: str, options: Mapping[str, Any]) -> OpenStream:
    model = ChatIONOS(model=MODEL, api_key=KEY, base_url=url, **options)
    return lambda: model.stream(PROMPT)


def _subject(name: str, make: Make, embeddings: Any = None, **other: object) -> Subject:
    parts: dict[str, Any] = {
        "construct": make,
        "call": _call(make),
        "acall": _acall(make),
        "stream": _stream(make),
        "astream": _astream(make),
        "tools": _tools(make),
        "structured": _structured(make),
        "agent": _agent(make),
        "embed": embeddings and _embed(embeddings),
    }
    return Subject(name, "langchain", **{**parts, **other})


SUBJECTS = (
    _subject(
        "ours, LangChain",
        ours,
        _our_embeddings,
        observed_call=_observed_call,
        observed_stream=_observed_stream,
    ),
    _subject("langchain-openai", openai, _openai_embeddings, is_peer=True),
    _subject("langchain-mistralai", mistral, is_peer=True),
    _subject(
        "LangChain from memory", memory, lambda url, batch: MemoryEmbeddings(), construct=None
    ),
    _subject(
        "LangChain + httpx",
        lambda url: HttpxChat(url=url),
        construct=None,
        tools=None,
        structured=None,
        agent=None,
    ),
)
