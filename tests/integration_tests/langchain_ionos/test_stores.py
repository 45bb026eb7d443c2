"""Real vector stores: fill, search, filter and reopen through LangChain."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_DNS, uuid5

import pytest
from langchain_classic.retrievers import ContextualCompressionRetriever
from langchain_core.documents import Document
from langchain_core.vectorstores import InMemoryVectorStore, VectorStore

from ionos_model_hub import find_model
from ionos_model_hub.emulator import Emulator
from langchain_ionos import IONOSEmbeddings, IONOSRerank

FACTS = {
    "harbour": "The harbour of Karlsruhe has six basins on the Rhine.",
    "palace": "The palace of Karlsruhe was built in 1715 by Margrave Karl Wilhelm.",
    "tram": "The tram of Karlsruhe also runs on railway tracks.",
    "zoo": "The zoo shows elephants, snow leopards and polar bears.",
    "unicode": "Das Straßenbahnmuseum öffnet sonntags für Gäste 🚋.",
}
IDS = {topic: str(uuid5(NAMESPACE_DNS, topic)) for topic in FACTS}  # Qdrant takes only UUIDs.
DOCUMENTS = [
    Document(text, metadata={"topic": topic}, id=IDS[topic]) for topic, text in FACTS.items()
]
QUESTION = "When was the palace built?"


class Location(NamedTuple):
    """Where a store saves its data."""

    folder: Path
    pgvector_url: str


@asynccontextmanager
async def memory(embeddings: IONOSEmbeddings, location: Location) -> AsyncIterator[VectorStore]:
    file = location.folder / "store.json"
    store = InMemoryVectorStore(embeddings)
    if file.exists():
        store = InMemoryVectorStore.load(str(file), embeddings)
    yield store
    store.dump(str(file))


@asynccontextmanager
async def chroma(embeddings: IONOSEmbeddings, location: Location) -> AsyncIterator[VectorStore]:
    chromadb = pytest.importorskip("chromadb")
    from langchain_chroma import Chroma

    with chromadb.PersistentClient(str(location.folder)) as client:
        yield Chroma("facts", embeddings, client=client)


@asynccontextmanager
async def faiss(embeddings: IONOSEmbeddings, location: Location) -> AsyncIterator[VectorStore]:
    pytest.importorskip("langchain_faiss")
    from langchain_faiss import Faiss

    saved = (location.folder / "index.faiss").exists()
    store = Faiss.load_local(location.folder, embeddings) if saved else Faiss(embeddings)
    yield store
    store.save_local(location.folder)


@asynccontextmanager
async def qdrant(embeddings: IONOSEmbeddings, location: Location) -> AsyncIterator[VectorStore]:
    pytest.importorskip("qdrant_client")
    from langchain_qdrant import QdrantVectorStore
    from qdrant_client import QdrantClient, models

    client = QdrantClient(path=str(location.folder))
    if not client.collection_exists("facts"):
        vectors = models.VectorParams(size=size(embeddings), distance=models.Distance.COSINE)
        client.create_collection("facts", vectors_config=vectors)
    yield QdrantVectorStore(client, "facts", embeddings)
    client.close()


@asynccontextmanager
async def lancedb(embeddings: IONOSEmbeddings, location: Location) -> AsyncIterator[VectorStore]:
    pytest.importorskip("lancedb")
    from langchain_lancedb import LanceDB

    yield LanceDB(embeddings, uri=location.folder)


@asynccontextmanager
async def pgvector(embeddings: IONOSEmbeddings, location: Location) -> AsyncIterator[VectorStore]:
    pytest.importorskip("langchain_postgres")
    from langchain_postgres import Column, PGEngine, PGVectorStore

    topic = Column("topic", "TEXT")
    url = location.pgvector_url.replace("postgresql:", "postgresql+psycopg:")
    engine = PGEngine.from_connection_string(url)
    table_created = location.folder / "table_created"
    if not table_created.exists():
        await engine.ainit_vectorstore_table("facts", size(embeddings), metadata_columns=[topic])
        table_created.touch()
    yield await PGVectorStore.create(engine, embeddings, "facts", metadata_columns=["topic"])
    await engine.close()


def size(embeddings: IONOSEmbeddings) -> int:
    model = find_model(embeddings.model)
    assert model is not None
    assert model.dimensions is not None
    return model.dimensions


Opener = Callable[[IONOSEmbeddings, Location], AbstractAsyncContextManager[VectorStore]]
OPENERS: list[Opener] = [memory, chroma, faiss, qdrant, lancedb, pgvector]


@pytest.fixture
def location(tmp_path: Path, pgvector_url: str) -> Location:
    return Location(tmp_path, pgvector_url)


@pytest.fixture
def embeddings(ionos_emulator_env: Emulator) -> IONOSEmbeddings:
    return IONOSEmbeddings(batch_size=2)


@pytest.fixture(params=OPENERS, ids=lambda opener: opener.__name__)
def opener(request: pytest.FixtureRequest) -> Opener:
    param: Opener = request.param
    return param


@pytest.fixture
async def store(
    opener: Opener, embeddings: IONOSEmbeddings, location: Location
) -> AsyncIterator[VectorStore]:
    async with opener(embeddings, location) as opened:
        yield opened


async def test_store_is_filled_and_searched(store: VectorStore) -> None:
    assert store.add_documents(DOCUMENTS) == list(IDS.values())

    assert topics(store.similarity_search(QUESTION, k=1)) == ["palace"]
    (found,) = await store.asimilarity_search("Straßenbahnmuseum", k=1)
    assert found.page_content == FACTS["unicode"]


async def test_store_is_filled_and_searched_asynchronously(store: VectorStore) -> None:
    assert await store.aadd_documents(DOCUMENTS) == list(IDS.values())

    retriever = store.as_retriever(search_kwargs={"k": 1})
    assert topics(await retriever.ainvoke("elephants")) == ["zoo"]
    assert topics(retriever.invoke("elephants")) == ["zoo"]


async def test_deleted_documents_are_not_found(store: VectorStore) -> None:
    store.add_documents(DOCUMENTS)
    store.delete([IDS["palace"]])
    await store.adelete([IDS["zoo"]])

    remaining = topics(store.similarity_search(QUESTION, k=5))

    assert sorted(remaining) == ["harbour", "tram", "unicode"]


async def test_reranking_returns_the_best_document(store: VectorStore) -> None:
    store.add_documents(DOCUMENTS)
    retriever = ContextualCompressionRetriever(
        base_compressor=IONOSRerank(top_n=1),
        base_retriever=store.as_retriever(search_kwargs={"k": 4}),
    )

    (found,) = retriever.invoke(QUESTION)

    assert found.metadata["topic"] == "palace"
    assert 0 < found.metadata["relevance_score"] <= 1
    assert await retriever.ainvoke(QUESTION) == [found]


async def test_reopened_store_has_the_same_documents(
    opener: Opener, embeddings: IONOSEmbeddings, location: Location
) -> None:
    async with opener(embeddings, location) as store:
        store.add_documents(DOCUMENTS)
        before = topics(store.similarity_search(QUESTION, k=5))
    async with opener(embeddings, location) as store:
        assert topics(store.similarity_search(QUESTION, k=5)) == before
        await store.adelete([IDS["palace"]])
        store.add_documents(DOCUMENTS[1:2])
        assert topics(store.similarity_search(QUESTION, k=6)) == before


async def test_vectors_with_4096_dimensions(
    opener: Opener, ionos_emulator_env: Emulator, location: Location
) -> None:
    async with opener(IONOSEmbeddings(model="Qwen/Qwen3-VL-Embedding-8B"), location) as store:
        store.add_documents(DOCUMENTS)
        assert topics(store.similarity_search(QUESTION, k=1)) == ["palace"]


def qdrant_filter() -> object:
    from qdrant_client import models

    condition = models.FieldCondition(key="metadata.topic", match=models.MatchValue(value="tram"))
    return models.Filter(must=[condition])


FILTERS: dict[Opener, Callable[[], object]] = {
    memory: lambda: lambda document: document.metadata["topic"] == "tram",
    chroma: lambda: {"topic": "tram"},
    qdrant: qdrant_filter,
    pgvector: lambda: {"topic": "tram"},
}


@pytest.mark.parametrize("opener", FILTERS, indirect=True, ids=lambda opener: opener.__name__)
async def test_filter_limits_the_search(opener: Opener, store: VectorStore) -> None:
    store.add_documents(DOCUMENTS)
    chosen = FILTERS[opener]()

    assert topics(store.similarity_search(QUESTION, k=5, filter=chosen)) == ["tram"]
    retriever = store.as_retriever(search_kwargs={"k": 5, "filter": chosen})
    assert topics(await retriever.ainvoke(QUESTION)) == ["tram"]


@pytest.mark.parametrize("opener", [faiss, lancedb], indirect=True, ids=lambda o: o.__name__)
async def test_packages_that_ignore_filters(store: VectorStore) -> None:
    store.add_documents(DOCUMENTS)
    found = store.similarity_search(QUESTION, k=5, filter={"topic": "tram"})
    assert len(found) == len(DOCUMENTS), "docs/vector_stores.md says that filters are ignored"


def topics(documents: list[Document]) -> list[str]:
    return [document.metadata["topic"] for document in documents]
