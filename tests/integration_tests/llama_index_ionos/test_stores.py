"""Real vector stores: insert, query, delete and reopen through LlamaIndex."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import faiss
import pytest
from llama_index.core import (
    Document,
    StorageContext,
    VectorStoreIndex,
    load_index_from_storage,
)
from llama_index.core.schema import NodeWithScore
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    MetadataFilter,
    MetadataFilters,
)
from llama_index.vector_stores.faiss import FaissMapVectorStore
from llama_index.vector_stores.postgres import PGVectorStore

from ionos_model_hub import find_model
from ionos_model_hub.emulator import Emulator
from llama_index_ionos import IONOSEmbedding, IONOSRerank

FACTS = {
    "court": "Karlsruhe houses the Federal Constitutional Court.",
    "bananas": "Bananas are yellow because of carotenoids.",
    "whales": "Whales are mammals and breathe air.",
    "tram": "Das Straßenbahnmuseum öffnet sonntags für Gäste 🚋.",
}
DOCUMENTS = [
    Document(text=text, id_=topic, metadata={"topic": topic}) for topic, text in FACTS.items()
]
QUESTION = "Which court does Karlsruhe house?"


class Location(NamedTuple):
    """The location of a store, and the model that embeds its texts."""

    folder: Path
    pgvector_url: str
    embed_model: IONOSEmbedding

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        model = find_model(self.embed_model.model_name)
        assert model is not None
        assert model.dimensions is not None
        return model.dimensions


@asynccontextmanager
async def chroma(location: Location) -> AsyncIterator[VectorStoreIndex]:
    chromadb = pytest.importorskip("chromadb")
    from llama_index.vector_stores.chroma import ChromaVectorStore

    with chromadb.PersistentClient(str(location.folder)) as client:
        collection = client.get_or_create_collection("facts")
        yield index_of(ChromaVectorStore(chroma_collection=collection), location)


@asynccontextmanager
async def faiss_map(location: Location) -> AsyncIterator[VectorStoreIndex]:
    folder = str(location.folder)
    if any(location.folder.iterdir()):
        store = FaissMapVectorStore.from_persist_dir(folder)
        context = StorageContext.from_defaults(vector_store=store, persist_dir=folder)
        index = load_index_from_storage(context, embed_model=location.embed_model)
    else:
        store = FaissMapVectorStore(
            faiss_index=faiss.IndexIDMap2(faiss.IndexFlatIP(location.dimensions))
        )
        context = StorageContext.from_defaults(vector_store=store)
        index = VectorStoreIndex([], storage_context=context, embed_model=location.embed_model)
    yield index
    index.storage_context.persist(folder)


@asynccontextmanager
async def qdrant(location: Location) -> AsyncIterator[VectorStoreIndex]:
    qdrant_client = pytest.importorskip("qdrant_client")
    from llama_index.vector_stores.qdrant import QdrantVectorStore

    client = qdrant_client.QdrantClient(path=str(location.folder))
    yield index_of(QdrantVectorStore("facts", client=client, index_doc_id=False), location)
    client.close()


@asynccontextmanager
async def async_qdrant(location: Location) -> AsyncIterator[VectorStoreIndex]:
    qdrant_client = pytest.importorskip("qdrant_client")
    from llama_index.vector_stores.qdrant import QdrantVectorStore

    client = qdrant_client.AsyncQdrantClient(path=str(location.folder))
    yield index_of(QdrantVectorStore("facts", aclient=client, index_doc_id=False), location)
    await client.close()


@asynccontextmanager
async def lancedb(location: Location) -> AsyncIterator[VectorStoreIndex]:
    pytest.importorskip("lancedb")
    from llama_index.vector_stores.lancedb import LanceDBVectorStore

    yield index_of(LanceDBVectorStore(str(location.folder)), location)


@asynccontextmanager
async def pgvector(location: Location) -> AsyncIterator[VectorStoreIndex]:
    store = PGVectorStore(
        location.pgvector_url,
        location.pgvector_url.replace("postgresql:", "postgresql+asyncpg:"),
        "facts",
        embed_dim=location.dimensions,
        initialization_fail_on_error=True,
    )
    yield index_of(store, location)
    await store.close()


def index_of(store: BasePydanticVectorStore, location: Location) -> VectorStoreIndex:
    return VectorStoreIndex.from_vector_store(store, embed_model=location.embed_model)


Opener = Callable[[Location], AbstractAsyncContextManager[VectorStoreIndex]]
OPENERS: list[Opener] = [chroma, faiss_map, qdrant, lancedb, pgvector]
ASYNC_OPENERS: list[Opener] = [chroma, faiss_map, async_qdrant, lancedb, pgvector]

# LlamaIndex's store uses this to check whether a table exists.
pytestmark = pytest.mark.filterwarnings("ignore:table_names.. is deprecated:DeprecationWarning")


@pytest.fixture
def location(tmp_path: Path, pgvector_url: str, ionos_emulator_env: Emulator) -> Location:
    return Location(tmp_path, pgvector_url, IONOSEmbedding())


@pytest.fixture(params=OPENERS, ids=lambda opener: opener.__name__)
def opener(request: pytest.FixtureRequest) -> Opener:
    opener: Opener = request.param
    return opener


@pytest.fixture
async def index(opener: Opener, location: Location) -> AsyncIterator[VectorStoreIndex]:
    async with opener(location) as opened:
        yield opened


def test_insert_query_and_rerank(index: VectorStoreIndex) -> None:
    insert_all(index)

    found = index.as_retriever(similarity_top_k=3).retrieve(QUESTION)

    assert topics(found)[0] == "court"
    assert len(found) == 3
    ranked = IONOSRerank(top_n=1).postprocess_nodes(found, query_str=QUESTION)
    assert [node.text for node in ranked] == [FACTS["court"]]


@pytest.mark.parametrize("opener", ASYNC_OPENERS, indirect=True, ids=lambda o: o.__name__)
async def test_async_insert_and_query(index: VectorStoreIndex) -> None:
    for document in DOCUMENTS:
        await index.ainsert(document)

    found = await index.as_retriever(similarity_top_k=1).aretrieve("Straßenbahnmuseum")

    assert [node.text for node in found] == [FACTS["tram"]]


def test_deleted_documents_are_not_found(index: VectorStoreIndex) -> None:
    insert_all(index)
    delete(index, "court")

    found = index.as_retriever(similarity_top_k=4).retrieve(QUESTION)

    assert sorted(topics(found)) == ["bananas", "tram", "whales"]


async def test_reopened_store_keeps_documents_and_accepts_more(
    opener: Opener, location: Location
) -> None:
    async with opener(location) as index:
        insert_all(index, DOCUMENTS[:3])
        before = topics(index.as_retriever(similarity_top_k=3).retrieve(QUESTION))
    async with opener(location) as index:
        assert topics(index.as_retriever(similarity_top_k=3).retrieve(QUESTION)) == before
        insert_all(index, DOCUMENTS[3:])
        found = index.as_retriever(similarity_top_k=4).retrieve(QUESTION)
        assert sorted(topics(found)) == sorted(FACTS)


async def test_vectors_of_4096_dimensions_are_stored(opener: Opener, location: Location) -> None:
    long = location._replace(embed_model=IONOSEmbedding(model="Qwen/Qwen3-VL-Embedding-8B"))
    async with opener(long) as index:
        insert_all(index)
        found = index.as_retriever(similarity_top_k=1).retrieve(QUESTION)
    assert topics(found) == ["court"]


FILTERS = MetadataFilters(filters=[MetadataFilter(key="topic", value="tram")])


@pytest.mark.parametrize(
    "opener", [chroma, qdrant, lancedb, pgvector], indirect=True, ids=lambda o: o.__name__
)
def test_metadata_filter_limits_the_results(index: VectorStoreIndex) -> None:
    insert_all(index)
    retriever = index.as_retriever(similarity_top_k=4, filters=FILTERS)
    assert topics(retriever.retrieve(QUESTION)) == ["tram"]


@pytest.mark.parametrize("opener", [faiss_map], indirect=True, ids=["faiss_map"])
def test_faiss_does_not_support_filters(index: VectorStoreIndex) -> None:
    insert_all(index)
    with pytest.raises(ValueError, match="Metadata filters not implemented for Faiss"):
        index.as_retriever(filters=FILTERS).retrieve(QUESTION)


@pytest.mark.parametrize("opener", [faiss_map], indirect=True, ids=["faiss_map"])
def test_faiss_reuses_ids(index: VectorStoreIndex) -> None:
    insert_all(index, DOCUMENTS[:3])
    delete(index, "court")
    insert_all(index, DOCUMENTS[:1])

    found = index.as_retriever(similarity_top_k=4).retrieve(QUESTION)

    assert sorted(topics(found)) != ["bananas", "court", "whales"], (
        "fixed upstream: update docs/vector_stores.md"
    )


@pytest.mark.parametrize("opener", [lancedb], indirect=True, ids=["lancedb"])
def test_lancedb_deletion_fails_in_llama_index(index: VectorStoreIndex) -> None:
    insert_all(index)
    with pytest.raises(ValueError, match="No field named court"):
        index.delete_ref_doc("court")


def insert_all(index: VectorStoreIndex, documents: Sequence[Document] = DOCUMENTS) -> None:
    for document in documents:
        index.insert(document)


def delete(index: VectorStoreIndex, topic: str) -> None:
    store = index.vector_store
    if isinstance(store, FaissMapVectorStore):
        # This store knows nodes, but not their documents.
        info = index.docstore.get_ref_doc_info(topic)
        assert info
        index.delete_nodes(info.node_ids, delete_from_docstore=True)
    elif type(store).__name__ == "LanceDBVectorStore":
        # LlamaIndex quotes the id with double quotes, as LanceDB quotes columns.
        store.table.delete(f"doc_id = '{topic}'")  # type: ignore[attr-defined]
    else:
        index.delete_ref_doc(topic)


def topics(found: list[NodeWithScore]) -> list[str]:
    return [node.metadata["topic"] for node in found]
