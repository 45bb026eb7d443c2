"""The clients themselves."""

from faults.callers.caller import MESSAGES, MODEL, PROMPT, TEXTS, Configured, Vectors, run

from ionos_model_hub import AsyncClient, Client


class Bare(Configured):
    def chat(self) -> str:
        with Client(**self.options) as client:
            return client.chat(MESSAGES, model=MODEL).text

    def stream(self) -> list[str]:
        with Client(**self.options) as client, client.stream_chat(MESSAGES, model=MODEL) as stream:
            pieces = [delta.text for delta in stream]
            assert stream.answer.text == "".join(pieces)
            return pieces

    def embed(self) -> Vectors:
        with Client(**self.options) as client:
            return client.embed(TEXTS).vectors

    def rerank(self) -> list[int]:
        with Client(**self.options) as client:
            return [document.index for document in client.rerank(PROMPT, TEXTS)]

    def models(self) -> list[str]:
        with Client(**self.options) as client:
            return [model.id for model in client.models()]


class BareAsync(Configured):
    def chat(self) -> str:
        async def call() -> str:
            async with AsyncClient(**self.options) as client:
                return (await client.chat(MESSAGES, model=MODEL)).text

        return run(call())

    def stream(self) -> list[str]:
        async def call() -> list[str]:
            async with (
                AsyncClient(**self.options) as client,
                client.stream_chat(MESSAGES, model=MODEL) as stream,
            ):
                pieces = [delta.text async for delta in stream]
                assert stream.answer.text == "".join(pieces)
                return pieces

        return run(call())

    def embed(self) -> Vectors:
        async def call() -> Vectors:
            async with AsyncClient(**self.options) as client:
                return (await client.embed(TEXTS)).vectors

        return run(call())

    def rerank(self) -> list[int]:
        async def call() -> list[int]:
            async with AsyncClient(**self.options) as client:
                return [document.index for document in await client.rerank(PROMPT, TEXTS)]

        return run(call())

    def models(self) -> list[str]:
        async def call() -> list[str]:
            async with AsyncClient(**self.options) as client:
                return [model.id for model in await client.models()]

        return run(call())
