"""Retrieval over three vector stores, with reranking, sync and async."""

from collections.abc import Callable

import pytest
from langchain_chroma import Chroma
from langchain_classic.retrievers import ContextualCompressionRetriever
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.vectorstores import InMemoryVectorStore, VectorStore
from langchain_faiss import Faiss

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS, IONOSEmbeddings, IONOSRerank

FACTS = {
    "harbour": "The harbour of Karlsruhe has six basins on the Rhine.",
    "palace": "The palace of Karlsruhe was built in 1715 by Margrave Karl Wilhelm.",
    "tram": "The tram of Karlsruhe also runs on railway tracks.",
    "zoo": "The zoo shows elephants, snow leopards and polar bears.",
    "unicode": "Das Straßenbahnmuseum öffnet sonntags für Gäste 🚋.",
}
QUESTION = "When was the palace built?"


def chroma(embeddings: IONOSEmbeddings) -> VectorStore:
    return Chroma("facts", embeddings)


STORES = {"memory": InMemoryVectorStore, "chroma": chroma, "faiss": Faiss}


@pytest.fixture(params=STORES, ids=str)
def store(request: pytest.FixtureRequest, ionos_emulator_env: Emulator) -> VectorStore:
    make: Callable[[IONOSEmbeddings], VectorStore] = STORES[request.param]
    made = make(IONOSEmbeddings(batch_size=2))
    if isinstance(made, Chroma):
        made.reset_collection()
    return made


@pytest.fixture
def filled(store: VectorStore) -> VectorStore:
    texts, topics = list(FACTS.values()), list(FACTS)
    store.add_texts(texts, [{"topic": topic} for topic in topics], ids=topics)
    return store


@pytest.fixture
def rerank(ionos_emulator_env: Emulator) -> IONOSRerank:
    return IONOSRerank(top_n=1)


async def test_the_right_document_is_found(filled: VectorStore) -> None:
    assert filled.similarity_search(QUESTION, k=1)[0].metadata["topic"] == "palace"
    (found,) = await filled.asimilarity_search("Straßenbahnmuseum", k=1)
    assert found.page_content == FACTS["unicode"]


async def test_a_store_is_filled_asynchronously(store: VectorStore) -> None:
    await store.aadd_texts(list(FACTS.values()), [{"topic": topic} for topic in FACTS])
    (found,) = await store.as_retriever(search_kwargs={"k": 1}).ainvoke("elephants")
    assert found.metadata["topic"] == "zoo"


async def test_reranking_in_langchains_retriever(filled: VectorStore, rerank: IONOSRerank) -> None:
    retriever = ContextualCompressionRetriever(
        base_compressor=rerank, base_retriever=filled.as_retriever(search_kwargs={"k": 4})
    )
    (found,) = retriever.invoke(QUESTION)
    assert found.metadata["topic"] == "palace"
    assert 0 < found.metadata["relevance_score"] <= 1
    assert [document.page_content for document in await retriever.ainvoke(QUESTION)] == [
        found.page_content
    ]


async def test_a_chain_from_question_to_answer(
    filled: VectorStore, rerank: IONOSRerank, ionos_emulator: Emulator
) -> None:
    retriever = filled.as_retriever(search_kwargs={"k": 4})

    def best(question: str) -> str:
        return told(rerank.compress_documents(retriever.invoke(question), question))

    async def abest(question: str) -> str:
        found = await retriever.ainvoke(question)
        return told(await rerank.acompress_documents(found, question))

    prompt = ChatPromptTemplate.from_messages(
        [("system", "Answer from the context: {context}"), ("human", "{question}")]
    )
    context = RunnableLambda(best, afunc=abest)
    chain = (
        {"context": context, "question": RunnablePassthrough()}
        | prompt
        | ChatIONOS()
        | StrOutputParser()
    )
    answer = chain.invoke(QUESTION)
    assert await chain.ainvoke(QUESTION) == answer
    assert answer
    sent = ionos_emulator.requests[-1].json["messages"]
    assert FACTS["palace"] in sent[0]["content"]
    assert FACTS["zoo"] not in sent[0]["content"]


def told(documents: list[Document]) -> str:
    return "\n".join(document.page_content for document in documents)
