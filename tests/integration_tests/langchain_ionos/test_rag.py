"""Retrieval-augmented generation with reranking, sync and async."""

from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.vectorstores import InMemoryVectorStore

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS, IONOSEmbeddings, IONOSRerank

PALACE = "The palace of Karlsruhe was built in 1715 by Margrave Karl Wilhelm."
ZOO = "The zoo shows elephants, snow leopards and polar bears."
TRAM = "The tram of Karlsruhe also runs on railway tracks."
QUESTION = "When was the palace built?"


async def test_chain_answers_from_the_best_document(ionos_emulator_env: Emulator) -> None:
    store = InMemoryVectorStore.from_texts([ZOO, PALACE, TRAM], IONOSEmbeddings())
    retriever = store.as_retriever(search_kwargs={"k": 3})
    rerank = IONOSRerank(top_n=1)

    def best(question: str) -> str:
        return join_texts(rerank.compress_documents(retriever.invoke(question), question))

    async def abest(question: str) -> str:
        documents = await retriever.ainvoke(question)
        return join_texts(await rerank.acompress_documents(documents, question))

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
    sent = ionos_emulator_env.requests[-1].json["messages"]
    assert PALACE in sent[0]["content"]
    assert ZOO not in sent[0]["content"]


def join_texts(documents: list[Document]) -> str:
    return "\n".join(document.page_content for document in documents)
