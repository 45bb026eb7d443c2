"""Real vector stores, filled, asked and opened again through LangChain."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_DNS, uuid5

import chromadb
import pytest
from langchain_chroma import Chroma
from langchain_classic.retrievers import ContextualCompressionRetriever
from langchain_core.documents import Document
from langchain_core.vectorstores import InMemoryVectorStore, VectorStore
from langchain_faiss import Faiss
from langchain_lancedb import LanceDB
from langchain_postgres import Column, PGEngine, PGVectorStore
from langchain_qdrant import QdrantVectorStore
from qdrant_client import QdrantClient, models

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


class Place(NamedTuple):
    """Where a store keeps what it is given."""

    folder: Path
    pgvector_url: str


@asynccontextmanager
async def memory(embeddings: IONOSEmbeddings, place: Place) -> AsyncIterator[VectorStore]:
    file = place.folder / "store.json"
    store = InMemoryVectorStore(embeddings)
    if file.exists():
        store = InMemoryVectorStore.load(str(file), embeddings)
    yield store
    store.dump(str(file))


@asynccontextmanager
async def chroma(embeddings: IONOSEmbeddings, place: Place) -> AsyncIterator[VectorStore]:
    with chromadb.PersistentClient(str(place.folder)) as client:
        yield Chroma("facts", embeddings, client=client)


@asynccontextmanager
async def faiss(embeddings: IONOSEmbeddings, place: Place) -> AsyncIterator[VectorStore]:
    saved = (place.folder / "index.faiss").exists()
    store = Faiss.load_local(place.folder, embeddings) if saved else Faiss(embeddings)
    yield store
    store.save_local(place.folder)


@asynccontextmanager
async def qdrant(embeddings: IONOSEmbeddings, place: Place) -> AsyncIterator[VectorStore]:
    client = QdrantClient(path=str(place.folder))
    if not client.collection_exists("facts"):
        vectors = models.VectorParams(size=size(embeddings), distance=models.Distance.COSINE)
        client.create_collection("facts", vectors_config=vectors)
    yield QdrantVectorStore(client, "facts", embeddings)
    client.close()


@asynccontextmanager
async def lancedb(embeddings: IONOSEmbeddings, place: Place) -> AsyncIterator[VectorStore]:
    yield LanceDB(embeddings, uri=place.folder)


@asynccontextmanager
async def pgvector(embeddings: IONOSEmbeddings, place: Place) -> AsyncIterator[VectorStore]:
    url = place.pgvector_url.replace("postgresql:", "postgresql+psycopg:")
    engine = PGEngine.from_connection_string(url)
    table_made = place.folder / "table_made"
    if not table_made.exists():
        await engine.ainit_vectorstore_table("facts", size(embeddings), metadata_columns=[TOPIC])
        table_made.touch()
    yield await PGVectorStore.create(engine, embeddings, "facts", metadata_columns=[TOPIC.name])
    await engine.close()


def size(embeddings: IONOSEmbeddings) -> int:
    model = find_model(embeddings.model)
    assert model is not None
    assert model.dimensions is not None
    return model.dimensions


TOPIC = Column("topic", "TEXT")
Opener = Callable[[IONOSEmbeddings, Place], AbstractAsyncContextManager[VectorStore]]
OPENERS: list[Opener] = [memory, chroma, faiss, qdrant, lancedb, pgvector]


@pytest.fixture
def place(tmp_path: Path, pgvector_url: str) -> Place:
    return Place(tmp_path, pgvector_url)


@pytest.fixture
def embeddings(ionos_emulator_env: Emulator) -> IONOSEmbeddings:
    return IONOSEmbeddings(batch_size=2)


@pytest.fixture(params=OPENERS, ids=lambda opener: opener.__name__)
def opener(request: pytest.FixtureRequest) -> Opener:
    found: Opener = request.param
    return found


@pytest.fixture
async def store(
    opener: Opener, embeddings: IONOSEmbeddings, place: Place
) -> AsyncIterator[VectorStore]:
    async with opener(embeddings, place) as made:
        yield made


async def test_it_is_filled_and_asked(store: VectorStore) -> None:
    assert store.add_documents(DOCUMENTS) == list(IDS.values())

    assert topics(store.similarity_search(QUESTION, k=1)) == ["palace"]
    (found,) = await store.asimilarity_search("Straßenbahnmuseum", k=1)
    assert found.page_content == FACTS["unicode"]


async def test_it_is_filled_asynchronously(store: VectorStore) -> None:
    assert await store.aadd_documents(DOCUMENTS) == list(IDS.values())

    retriever = store.as_retriever(search_kwargs={"k": 1})
    assert topics(await retriever.ainvoke("elephants")) == ["zoo"]
    assert topics(retriever.invoke("elephants")) == ["zoo"]


async def test_what_was_deleted_is_not_found(store: VectorStore) -> None:
    store.add_documents(DOCUMENTS)
    store.delete([IDS["palace"]])
    await store.adelete([IDS["zoo"]])

    found = topics(store.similarity_search(QUESTION, k=5))

    assert sorted(found) == ["harbour", "tram", "unicode"]


async def test_the_best_is_reranked_to_the_top(store: VectorStore) -> None:
    store.add_documents(DOCUMENTS)
    retriever = ContextualCompressionRetriever(
        base_compressor=IONOSRerank(top_n=1),
        base_retriever=store.as_retriever(search_kwargs={"k": 4}),
    )

    (found,) = retriever.invoke(QUESTION)

    assert found.metadata["topic"] == "palace"
    assert 0 < found.metadata["relevance_score"] <= 1
    assert await retriever.ainvoke(QUESTION) == [found]


async def test_a_restart_reads_the_same(
    opener: Opener, embeddings: IONOSEmbeddings, place: Place
) -> None:
    async with opener(embeddings, place) as store:
        store.add_documents(DOCUMENTS)
        before = topics(store.similarity_search(QUESTION, k=5))
    async with opener(embeddings, place) as store:
        assert topics(store.similarity_search(QUESTION, k=5)) == before
        await store.adelete([IDS["palace"]])
        store.add_documents(DOCUMENTS[1:2])
        assert topics(store.similarity_search(QUESTION, k=6)) == before


async def test_vectors_of_4096_numbers_fit(
    opener: Opener, ionos_emulator_env: Emulator, place: Place
) -> None:
    async with opener(IONOSEmbeddings(model="Qwen/Qwen3-VL-Embedding-8B"), place) as store:
        store.add_documents(DOCUMENTS)
        assert topics(store.similarity_search(QUESTION, k=1)) == ["palace"]


FILTERS = {
    memory: lambda document: document.metadata["topic"] == "tram",
    chroma: {"topic": "tram"},
    qdrant: models.Filter(
        must=[models.FieldCondition(key="metadata.topic", match=models.MatchValue(value="tram"))]
    ),
    pgvector: {"topic": "tram"},
}


@pytest.mark.parametrize("opener", FILTERS, indirect=True, ids=lambda opener: opener.__name__)
async def test_a_filter_narrows_the_search(opener: Opener, store: VectorStore) -> None:
    store.add_documents(DOCUMENTS)
    wanted = FILTERS[opener]

    assert topics(store.similarity_search(QUESTION, k=5, filter=wanted)) == ["tram"]
    retriever = store.as_retriever(search_kwargs={"k": 5, "filter": wanted})
    assert topics(await retriever.ainvoke(QUESTION)) == ["tram"]


@pytest.mark.parametrize("opener", [faiss, lancedb], indirect=True, ids=lambda o: o.__name__)
async def test_these_packages_overlook_filters(store: VectorStore) -> None:
    store.add_documents(DOCUMENTS)
    found = store.similarity_search(QUESTION, k=5, filter={"topic": "tram"})
    assert len(found) == len(DOCUMENTS), "docs/vector_stores.md says otherwise"


def topics(documents: list[Document]) -> list[str]:
    return [document.metadata["topic"] for document in documents]
