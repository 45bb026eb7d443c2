"""The bare clients, with their own connections and with httpx clients of the user."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
from faults.callers.caller import MESSAGES, MODEL, PROMPT, TEXTS, CallerWithOptions, Vectors, run
from faults.responses import IMAGE

from ionos_model_hub import AsyncClient, Client


class Bare(CallerWithOptions):
    @contextmanager
    def client(self) -> Iterator[Client]:
        with Client(**self.options) as client:
            yield client

    def chat(self) -> str:
        with self.client() as client:
            return client.chat(MESSAGES, model=MODEL).text

    def stream(self) -> list[str]:
        with self.client() as client, client.stream_chat(MESSAGES, model=MODEL) as stream:
            parts = [delta.text for delta in stream]
            assert stream.answer.text == "".join(parts)
            return parts

    def embed(self) -> Vectors:
        with self.client() as client:
            return client.embed(TEXTS).vectors

    def rerank(self) -> list[int]:
        with self.client() as client:
            return [document.index for document in client.rerank(PROMPT, TEXTS)]

    def models(self) -> list[str]:
        with self.client() as client:
            return [model.id for model in client.models()]

    def edit_image(self) -> bytes:
        with self.client() as client:
            return client.edit_image(IMAGE, PROMPT)[0].data


class BareAsync(CallerWithOptions):
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
                parts = [delta.text async for delta in stream]
                assert stream.answer.text == "".join(parts)
                return parts

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

    def edit_image(self) -> bytes:
        async def call() -> bytes:
            async with self.client() as client:
                return (await client.edit_image(IMAGE, PROMPT))[0].data

        return run(call())


class Httpx(Bare):
    @contextmanager
    def client(self) -> Iterator[Client]:
        with (
            httpx.Client() as user_client,
            Client(http_client=user_client, **self.options) as client,
        ):
            yield client


class HttpxAsync(BareAsync):
    @asynccontextmanager
    async def client(self) -> AsyncIterator[AsyncClient]:
        async with (
            httpx.AsyncClient() as user_client,
            AsyncClient(http_client=user_client, **self.options) as client,
        ):
            yield client
