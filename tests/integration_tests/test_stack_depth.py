"""Calls pass through few functions of our packages before their request is written to a socket.

Each call is made twice, so that the second one reuses a connection. The stack frames of our three
packages are counted when its request is written. The calls are observed, which adds a function.
"""

import asyncio
import socket
import sys
from asyncio import selector_events
from collections.abc import AsyncIterable, Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from llama_index.core.llms import ChatMessage

from ionos_model_hub import AsyncClient, Client
from ionos_model_hub.emulator import Emulator
from ionos_model_hub.telemetry import OpenTelemetry
from langchain_ionos import IONOSLLM, ChatIONOS, IONOSEmbeddings
from llama_index_ionos import IONOS, IONOSEmbedding

ROOT = Path(__file__).parents[2]
NAMES = ("ionos_model_hub", "langchain_ionos", "llama_index_ionos")
PACKAGES = tuple(f"{ROOT / name}/" for name in NAMES)
LIMITS = {"client": 11, "langchain": 12, "llama_index": 14}

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
USER = [{"role": "user", "content": "Hallo"}]
HISTORY = [ChatMessage(content="Hallo")]
TEXTS = [f"text {number}" for number in range(100)]


class Subjects:
    """The clients and models whose calls are measured."""

    def __init__(self, base_url: str) -> None:
        options: Any = {"api_key": "any", "base_url": base_url, "telemetry": OpenTelemetry()}
        self.client = Client(**options)
        self.async_client = AsyncClient(**options)
        self.lc_chat = ChatIONOS(**options)
        self.lc_llm = IONOSLLM(model=LLAMA, **options)
        self.lc_embeddings = IONOSEmbeddings(**options)
        self.li_llm = IONOS(**options)
        self.li_embedding = IONOSEmbedding(**options)


Call = Callable[[Subjects], object]
AsyncCall = Callable[[Subjects], Awaitable[object]]


@pytest.fixture
def subjects(ionos_emulator: Emulator) -> Subjects:
    return Subjects(ionos_emulator.base_url)


async def read(chunks: AsyncIterable[object]) -> None:
    async for _ in chunks:
        pass


async def read_awaited(chunks: Awaitable[AsyncIterable[object]]) -> None:
    await read(await chunks)


CALLS: dict[str, tuple[Call, AsyncCall]] = {
    "client chat": (
        lambda s: s.client.chat(USER),
        lambda s: s.async_client.chat(USER),
    ),
    "client stream": (
        lambda s: list(s.client.stream_chat(USER)),
        lambda s: read(s.async_client.stream_chat(USER)),
    ),
    "client completion": (
        lambda s: s.client.complete("a", model=LLAMA),
        lambda s: s.async_client.complete("a", model=LLAMA),
    ),
    "client embedding": (
        lambda s: s.client.embed(["a"]),
        lambda s: s.async_client.embed(["a"]),
    ),
    "client batches": (
        lambda s: s.client.embed(TEXTS),
        lambda s: s.async_client.embed(TEXTS),
    ),
    "langchain chat": (
        lambda s: s.lc_chat.invoke("Hallo"),
        lambda s: s.lc_chat.ainvoke("Hallo"),
    ),
    "langchain stream": (
        lambda s: list(s.lc_chat.stream("Hallo")),
        lambda s: read(s.lc_chat.astream("Hallo")),
    ),
    "langchain completion": (
        lambda s: s.lc_llm.invoke("a"),
        lambda s: s.lc_llm.ainvoke("a"),
    ),
    "langchain completion stream": (
        lambda s: list(s.lc_llm.stream("a")),
        lambda s: read(s.lc_llm.astream("a")),
    ),
    "langchain embedding": (
        lambda s: s.lc_embeddings.embed_query("a"),
        lambda s: s.lc_embeddings.aembed_query("a"),
    ),
    "langchain batches": (
        lambda s: s.lc_embeddings.embed_documents(TEXTS),
        lambda s: s.lc_embeddings.aembed_documents(TEXTS),
    ),
    "llama_index chat": (
        lambda s: s.li_llm.chat(HISTORY),
        lambda s: s.li_llm.achat(HISTORY),
    ),
    "llama_index stream": (
        lambda s: list(s.li_llm.stream_chat(HISTORY)),
        lambda s: read_awaited(s.li_llm.astream_chat(HISTORY)),
    ),
    "llama_index completion": (
        lambda s: s.li_llm.complete("a"),
        lambda s: s.li_llm.acomplete("a"),
    ),
    "llama_index completion stream": (
        lambda s: list(s.li_llm.stream_complete("a")),
        lambda s: read_awaited(s.li_llm.astream_complete("a")),
    ),
    "llama_index embedding": (
        lambda s: s.li_embedding.get_query_embedding("a"),
        lambda s: s.li_embedding.aget_query_embedding("a"),
    ),
    "llama_index batches": (
        lambda s: s.li_embedding.get_text_embedding_batch(TEXTS),
        lambda s: s.li_embedding.aget_text_embedding_batch(TEXTS),
    ),
}
"""Each call, synchronous and asynchronous."""


def our_frames() -> list[str]:
    """Return the functions of our packages on the stack of the current thread."""
    frames: list[str] = []
    frame: FrameType | None = sys._getframe()
    while frame:
        code = frame.f_code
        if code.co_filename.startswith(PACKAGES):
            frames.append(f"{Path(code.co_filename).relative_to(ROOT)}:{code.co_name}")
        frame = frame.f_back
    return frames


@pytest.fixture
def stacks(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The stack of each write of our HTTP client."""
    recorded: list[list[str]] = []

    def record(write: Callable[..., Any]) -> Callable[..., Any]:
        def recording_write(*arguments: Any) -> Any:
            frames = our_frames()
            if any("transport/http/" in frame for frame in frames):
                recorded.append(frames)
            return write(*arguments)

        return recording_write

    transport = selector_events._SelectorSocketTransport  # type: ignore[attr-defined]
    monkeypatch.setattr(socket.socket, "sendall", record(socket.socket.sendall), raising=False)
    monkeypatch.setattr(transport, "write", record(transport.write))
    return recorded


def check(name: str, stacks: list[list[str]]) -> None:
    assert stacks
    deepest = max(stacks, key=len)
    assert len(deepest) <= LIMITS[name.split()[0]], "\n".join(deepest)


@pytest.mark.parametrize("name", CALLS)
def test_depth_of_synchronous_calls(name: str, subjects: Subjects, stacks: list[list[str]]) -> None:
    call, _ = CALLS[name]
    call(subjects)
    stacks.clear()
    call(subjects)
    check(name, stacks)


@pytest.mark.parametrize("name", CALLS)
def test_depth_of_asynchronous_calls(
    name: str, subjects: Subjects, stacks: list[list[str]]
) -> None:
    _, call = CALLS[name]

    async def call_twice() -> None:
        await call(subjects)
        stacks.clear()
        await call(subjects)

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(call_twice())
    check(name, stacks)
