"""The classes of `llama_index_ionos`."""

from faults.callers.caller import MODEL, PROMPT, TEXTS, CallerWithOptions, Vectors, run
from llama_index.core.llms import ChatMessage
from llama_index.core.schema import NodeWithScore, TextNode

from llama_index_ionos import IONOS, IONOSEmbedding, IONOSRerank

MESSAGES = [ChatMessage(role="user", content=PROMPT)]


def nodes() -> list[NodeWithScore]:
    return [NodeWithScore(node=TextNode(text=text)) for text in TEXTS]


def indices(ranked: list[NodeWithScore]) -> list[int]:
    return [TEXTS.index(node.node.get_content()) for node in ranked]


class LlamaIndex(CallerWithOptions):
    def chat(self) -> str:
        llm = IONOS(model=MODEL, **self.options)
        try:
            return llm.chat(MESSAGES).message.content or ""
        finally:
            llm.clients.close()

    def stream(self) -> list[str]:
        llm = IONOS(model=MODEL, **self.options)
        try:
            return [response.delta or "" for response in llm.stream_chat(MESSAGES)]
        finally:
            llm.clients.close()

    def embed(self) -> Vectors:
        model = IONOSEmbedding(**self.options)
        try:
            return model.get_text_embedding_batch(TEXTS)
        finally:
            model.clients.close()

    def rerank(self) -> list[int]:
        reranker = IONOSRerank(top_n=len(TEXTS), **self.options)
        try:
            return indices(reranker.postprocess_nodes(nodes(), query_str=PROMPT))
        finally:
            reranker.clients.close()


class LlamaIndexAsync(CallerWithOptions):
    def chat(self) -> str:
        async def call() -> str:
            llm = IONOS(model=MODEL, **self.options)
            return (await llm.achat(MESSAGES)).message.content or ""

        return run(call())

    def stream(self) -> list[str]:
        async def call() -> list[str]:
            llm = IONOS(model=MODEL, **self.options)
            return [response.delta or "" async for response in await llm.astream_chat(MESSAGES)]

        return run(call())

    def embed(self) -> Vectors:
        async def call() -> Vectors:
            return await IONOSEmbedding(**self.options).aget_text_embedding_batch(TEXTS)

        return run(call())

    def rerank(self) -> list[int]:
        async def call() -> list[int]:
            reranker = IONOSRerank(top_n=len(TEXTS), **self.options)
            return indices(await reranker.apostprocess_nodes(nodes(), query_str=PROMPT))

        return run(call())
