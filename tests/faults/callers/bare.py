"""The clients themselves, on their own connections and through httpx clients of the caller's."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
from faults.callers.caller import MESSAGES, MODEL, PROMPT, TEXTS, Configured, Vectors, run

from ionos_model_hub import AsyncClient, Client


class Bare(Configured):
    @contextmanager
    def client(self) -> Iterator[Client]:
        with Client(**self.options) as client:
            yield client

    def chat(self) -> str:
        with self.client() as client:
            return client.chat(MESSAGES, model=MODEL).text

    def stream(self) -> list[str]:
        with self.client() as client, client.stream_chat(MESSAGES, model=MODEL) as stream:
            pieces = [delta.text for delta in stream]
            assert stream.answer.text == "".join(pieces)
            return pieces

    def embed(self) -> Vectors:
        with self.client() as client:
            return client.embed(TEXTS).vectors

    def rerank(self) -> list[int]:
        with self.client() as client:
            return [document.index for document in client.rerank(PROMPT, TEXTS)]

    def models(self) -> list[str]:
        with self.client() as client:
            return [model.id for model in client.models()]


class BareAsync(Configured):
    @asynccontextmanager
    async def client(self) -> AsyncIterator[AsyncClient]:
        async with AsyncClient(**self.options) as client:
            yield client

    def chat(self) -> str:
        async def call() -> str:
            async with self.client() as client:
                return (await client.chat(MESSAGES, model=MODEL)).text

        return run(call())

    def stream(self) -> list[str]:
        async def call() -> list[str]:
            async with (
                self.client() as client,
                client.stream_chat(MESSAGES, model=MODEL) as stream,
            ):
                pieces = [delta.text async for delta in stream]
                assert stream.answer.text == "".join(pieces)
                return pieces

        return run(call())

    def embed(self) -> Vectors:
        async def call() -> Vectors:
            async with self.client() as client:
                return (await client.embed(TEXTS)).vectors

        return run(call())

    def rerank(self) -> list[int]:
        async def call() -> list[int]:
            async with self.client() as client:
                return [document.index for document in await client.rerank(PROMPT, TEXTS)]

        return run(call())

    def models(self) -> list[str]:
        async def call() -> list[str]:
            async with self.client() as client:
                return [model.id for model in await client.models()]

        return run(call())


class Httpx(Bare):
    @contextmanager
    def client(self) -> Iterator[Client]:
        with httpx.Client() as own, Client(http_client=own, **self.options) as client:
            yield client


class HttpxAsync(BareAsync):
    @asynccontextmanager
    async def client(self) -> AsyncIterator[AsyncClient]:
        async with (
            httpx.AsyncClient() as own,
            AsyncClient(http_client=own, **self.options) as client,
        ):
            yield client
