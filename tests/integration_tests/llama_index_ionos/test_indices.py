import asyncio
from typing import Any

import pytest
from llama_index.core import Document, MockEmbedding, Settings, VectorStoreIndex
from llama_index.core.ingestion import IngestionCache, IngestionPipeline
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import TextNode

from ionos_model_hub.emulator import Emulator
from llama_index_ionos import IONOS, IONOSEmbedding, IONOSRerank

FACTS = [
    "Karlsruhe lies on the Rhine and houses the Federal Constitutional Court.",
    "Bananas are yellow because of carotenoids.",
    "The Rhine flows through Cologne into the North Sea.",
    "Whales are mammals and breathe air.",
    "Yellow paint is often made with iron oxide.",
    "The court of Versailles was famous for its gardens.",
]
QUESTION = "In which city is the Federal Constitutional Court?"


@pytest.fixture
def embedding(ionos_emulator_env: Emulator) -> IONOSEmbedding:
    return IONOSEmbedding()


@pytest.fixture
def documents() -> list[Document]:
    return [Document(text=fact, id_=str(index)) for index, fact in enumerate(FACTS)]


@pytest.mark.parametrize("use_async", [True, False])
def test_index_retrieves_and_reranks(
    embedding: IONOSEmbedding, documents: list[Document], use_async: bool
) -> None:
    index = VectorStoreIndex.from_documents(documents, embed_model=embedding, use_async=use_async)
    found = index.as_retriever(similarity_top_k=4).retrieve(QUESTION)
    ranked = IONOSRerank(top_n=2).postprocess_nodes(found, query_str=QUESTION)

    assert found[0].text == ranked[0].text == FACTS[0]
    assert (len(found), len(ranked)) == (4, 2)


async def test_query_engine_embeds_and_reranks_once(
    embedding: IONOSEmbedding,
    documents: list[Document],
    events: Any,
    ionos_emulator: Emulator,
) -> None:
    index = VectorStoreIndex(embed_model=embedding, nodes=[])
    await index.ainsert_nodes([TextNode(text=document.text) for document in documents])
    engine = index.as_query_engine(
        llm=MockLLM(), similarity_top_k=4, node_postprocessors=[IONOSRerank(top_n=1)]
    )
    ionos_emulator.reset()
    events.all().clear()

    response = await engine.aquery(QUESTION)

    assert FACTS[0] in str(response)
    assert [node.text for node in response.source_nodes] == [FACTS[0]]
    assert [request.path for request in ionos_emulator.requests] == ["/v1/embeddings", "/v1/rerank"]
    assert events.names("Embedding", "ReRank") == [
        "EmbeddingStartEvent",
        "EmbeddingEndEvent",
        "ReRankStartEvent",
        "ReRankEndEvent",
    ]


async def test_query_engine_with_embedding_reranking_and_chat(
    embedding: IONOSEmbedding, documents: list[Document], ionos_emulator: Emulator
) -> None:
    index = VectorStoreIndex.from_documents(documents, embed_model=embedding)
    engine = index.as_query_engine(
        llm=IONOS(), similarity_top_k=4, node_postprocessors=[IONOSRerank(top_n=1)]
    )
    ionos_emulator.reset()

    response = await engine.aquery(QUESTION)

    paths = [request.path.removeprefix("/v1") for request in ionos_emulator.requests]
    assert paths == ["/embeddings", "/rerank", "/chat/completions"]
    assert FACTS[0] in str(ionos_emulator.requests[-1].json["messages"])
    assert str(response)


def test_global_embed_model_is_used(
    embedding: IONOSEmbedding, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "_embed_model", MockEmbedding(embed_dim=1))
    Settings.embed_model = embedding

    index = VectorStoreIndex.from_documents(documents)

    assert index.as_retriever(similarity_top_k=1).retrieve(QUESTION)[0].text == FACTS[0]


@pytest.mark.parametrize("run", ["run", "arun"])
def test_pipeline_uses_its_cache(
    run: str, embedding: IONOSEmbedding, documents: list[Document], ionos_emulator: Emulator
) -> None:
    def ingest() -> list[Any]:
        pipeline = IngestionPipeline(transformations=[SentenceSplitter(), embedding], cache=cache)
        if run == "run":
            return list(pipeline.run(documents=documents))
        return list(asyncio.run(pipeline.arun(documents=documents)))

    cache = IngestionCache()
    first = ingest()
    second = ingest()

    assert len(ionos_emulator.requests) == 1
    assert [node.text for node in first] == FACTS
    assert [node.embedding for node in second] == [node.embedding for node in first]
    assert [node.embedding for node in first] == embedding.get_text_embedding_batch(FACTS)
