"""Real vector stores, filled and asked through LlamaIndex."""

from collections.abc import Callable, Iterator
from pathlib import Path

import chromadb
import faiss
import pytest
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.vector_stores.types import BasePydanticVectorStore
from llama_index.vector_stores.chroma import ChromaVectorStore
from llama_index.vector_stores.faiss import FaissVectorStore
from llama_index.vector_stores.qdrant import QdrantVectorStore
from qdrant_client import QdrantClient

from ionos_model_hub.emulator import Emulator
from llama_index_ionos import IONOSEmbedding, IONOSRerank

FACTS = [
    "Karlsruhe houses the Federal Constitutional Court.",
    "Bananas are yellow because of carotenoids.",
    "Whales are mammals and breathe air.",
]
QUESTION = "Which court does Karlsruhe house?"


def chroma(directory: Path) -> ChromaVectorStore:
    client = chromadb.PersistentClient(str(directory))
    return ChromaVectorStore(chroma_collection=client.create_collection("facts"))


def flat_faiss(directory: Path) -> FaissVectorStore:
    return FaissVectorStore(faiss_index=faiss.IndexFlatIP(1024))


def qdrant(directory: Path) -> QdrantVectorStore:
    return QdrantVectorStore("facts", client=QdrantClient(path=str(directory)))


@pytest.fixture(params=[chroma, flat_faiss, qdrant])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BasePydanticVectorStore]:
    make: Callable[[Path], BasePydanticVectorStore] = request.param
    made = make(tmp_path)
    yield made
    if isinstance(made, QdrantVectorStore):
        made.client.close()


# Qdrant says so of its local mode, where LlamaIndex makes such an index all the same.
@pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning")
def test_what_was_stored_is_found(
    store: BasePydanticVectorStore, ionos_emulator_env: Emulator
) -> None:
    index = VectorStoreIndex.from_documents(
        [Document(text=fact) for fact in FACTS],
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=IONOSEmbedding(),
    )
    retriever = index.as_retriever(similarity_top_k=3)

    found = retriever.retrieve(QUESTION)

    assert found[0].text == FACTS[0]
    assert len(found) == 3
    ranked = IONOSRerank(top_n=1).postprocess_nodes(found, query_str=QUESTION)
    assert [node.text for node in ranked] == [FACTS[0]]
