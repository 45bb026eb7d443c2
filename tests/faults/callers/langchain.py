"""The classes of `langchain_ionos`."""

from faults.callers.caller import MODEL, PROMPT, TEXTS, CallerWithOptions, Vectors, run
from langchain_core.exceptions import ModelError

from langchain_ionos import ChatIONOS, IONOSEmbeddings, IONOSRerank


class LangChain(CallerWithOptions):
    base_error = ModelError

    def chat(self) -> str:
        with ChatIONOS(model=MODEL, **self.options) as llm:
            return llm.invoke(PROMPT).text

    def stream(self) -> list[str]:
        with ChatIONOS(model=MODEL, **self.options) as llm:
            return [chunk.text for chunk in llm.stream(PROMPT)]

    def embed(self) -> Vectors:
        with IONOSEmbeddings(**self.options) as embeddings:
            return embeddings.embed_documents(TEXTS)

    def rerank(self) -> list[int]:
        with IONOSRerank(**self.options) as reranker:
            return [ranking["index"] for ranking in reranker.rerank(TEXTS, PROMPT)]


class LangChainAsync(CallerWithOptions):
    base_error = ModelError

    def chat(self) -> str:
        async def call() -> str:
            async with ChatIONOS(model=MODEL, **self.options) as llm:
                return (await llm.ainvoke(PROMPT)).text

        return run(call())

    def stream(self) -> list[str]:
        async def call() -> list[str]:
            async with ChatIONOS(model=MODEL, **self.options) as llm:
                return [chunk.text async for chunk in llm.astream(PROMPT)]

        return run(call())

    def embed(self) -> Vectors:
        async def call() -> Vectors:
            async with IONOSEmbeddings(**self.options) as embeddings:
                return await embeddings.aembed_documents(TEXTS)

        return run(call())

    def rerank(self) -> list[int]:
        async def call() -> list[int]:
            async with IONOSRerank(**self.options) as reranker:
                return [ranking["index"] for ranking in await reranker.arerank(TEXTS, PROMPT)]

        return run(call())
