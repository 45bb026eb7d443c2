"""LLMs and embeddings for LlamaIndex, and LlamaIndex alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from llama_index.core import PromptTemplate
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike

from benchmarks.speed.payloads import AGENT_CHUNKS, MODEL
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
from benchmarks.speed.subjects.llama_index_memory import MemoryEmbedding, MemoryLLM, to_response
from benchmarks.speed.subjects.memory import deltas_at
from llama_index_ionos import IONOS, IONOSEmbedding

Make = Callable[[str], FunctionCallingLLM]


def ours(url: str) -> IONOS:
    """Return our LLM."""
    return IONOS(model=MODEL, api_key=KEY, api_base=url)


def openai_like(url: str) -> OpenAILike:
    """Return the LLM of openai-like."""
    return OpenAILike(
        model=MODEL,
        api_key=KEY,
        api_base=url,
        is_chat_model=True,
        is_function_calling_model=True,
        should_use_structured_outputs=True,
    )


def memory(url: str) -> MemoryLLM:
    """Return an LLM that serves the response of the stub at `url` from memory."""
    if "/agent" in url:
        responses = [to_response("It is", " is")] * AGENT_CHUNKS
        return MemoryLLM(calls_tool=True, responses=responses)
    deltas = [delta.get("content", "") for delta in deltas_at(url)]
    # LlamaIndex does not read the accumulated text, and storing all of it would be quadratic.
    return MemoryLLM(responses=[to_response("", delta) for delta in deltas])


def _call(make: Make) -> Callable[[str, int], Call]:
    def prepare(url: str, turns: int) -> Call:
        llm, messages = make(url), conversations.llama_index(turns)
        return lambda: llm.chat(messages)

    return prepare


def _acall(make: Make) -> Callable[[str, int], AsyncCall]:
    def prepare(url: str, turns: int) -> AsyncCall:
        llm, messages = make(url), conversations.llama_index(turns)
        return lambda: llm.achat(messages)

    return prepare


def _stream(make: Make) -> Callable[[str], OpenStream]:
    def prepare(url: str) -> OpenStream:
        llm, messages = make(url), conversations.llama_index()
        return lambda: llm.stream_chat(messages)

    return prepare


def _astream(make: Make) -> Callable[[str], OpenAsyncStream]:
    def prepare(url: str) -> OpenAsyncStream:
        llm, messages = make(url), conversations.llama_index()
        return lambda: llm.astream_chat(messages)

    return prepare


def _tools(make: Make) -> Callable[[str], OpenStream]:
    def prepare(url: str) -> OpenStream:
        llm, tools = make(url), [FunctionTool.from_defaults(write_file)]
        return lambda: llm.stream_chat_with_tools(tools, user_msg=PROMPT)

    return prepare


def _structured(make: Make) -> Callable[[str], OpenStream]:
    def prepare(url: str) -> OpenStream:
        llm, prompt = make(url), PromptTemplate(PROMPT)
        return lambda: llm.stream_structured_predict(Berths, prompt)

    return prepare


def _agent(make: Make) -> Callable[[str], AsyncCall]:
    def prepare(url: str) -> AsyncCall:
        agent = FunctionAgent(llm=make(url), tools=[FunctionTool.from_defaults(weather)])

        async def run() -> object:
            return await agent.run(PROMPT)

        return run

    return prepare


def _embed(make: Callable[[str, int], BaseEmbedding]) -> Any:
    return lambda url, batch: make(url, batch).get_text_embedding_batch


def _our_embeddings(url: str, batch: int) -> BaseEmbedding:
    return IONOSEmbedding(model_name=MODEL, api_key=KEY, api_base=url, embed_batch_size=batch)


def _openai_like_embeddings(url: str, batch: int) -> BaseEmbedding:
    return OpenAILikeEmbedding(model_name=MODEL, api_key=KEY, api_base=url, embed_batch_size=batch)


def _observed_call(url: str, options: Mapping[str, Any]) -> Call:
    llm = IONOS(model=MODEL, api_key=KEY, api_base=url, **options)
    messages = conversations.llama_index()
    return lambda: llm.chat(messages)


def _observed_stream(url: str, options: Mapping[str, Any]) -> OpenStream:
    llm = IONOS(model=MODEL, api_key=KEY, api_base=url, **options)
    messages = conversations.llama_index()
    return lambda: llm.stream_chat(messages)


def _subject(name: str, make: Make, embeddings: Any, **other: object) -> Subject:
    parts: dict[str, Any] = {
        "construct": make,
        "call": _call(make),
        "acall": _acall(make),
        "stream": _stream(make),
        "astream": _astream(make),
        "tools": _tools(make),
        "structured": _structured(make),
        "agent": _agent(make),
        "embed": _embed(embeddings),
    }
    return Subject(name, "llama_index", **{**parts, **other})


SUBJECTS = (
    _subject(
        "ours, LlamaIndex",
        ours,
        _our_embeddings,
        observed_call=_observed_call,
        observed_stream=_observed_stream,
    ),
    _subject("openai-like", openai_like, _openai_like_embeddings, is_peer=True),
    _subject(
        "LlamaIndex from memory",
        memory,
        lambda url, batch: MemoryEmbedding(embed_batch_size=batch),
        construct=None,
        structured=None,
    ),
    Subject("LlamaIndex + httpx", "llama_index"),  # only for the cases in fresh processes
)
