"""The statements of docs/vector_stores.md about lengths of vectors hold with a real pgvector."""

import logging
import random
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from langchain_postgres import PGEngine, PGVectorStore
from langchain_postgres.v2.indexes import HNSWIndex, IVFFlatIndex
from llama_index.core import Document, VectorStoreIndex
from llama_index.vector_stores import postgres as llama_index_postgres
from sqlalchemy.exc import OperationalError

from ionos_model_hub.emulator import Emulator
from langchain_ionos import IONOSEmbeddings
from llama_index_ionos import IONOSEmbedding

GUIDE = Path(__file__).parents[2] / "docs" / "vector_stores.md"
SQL = re.findall(r"```sql\n(.*?)\n```", GUIDE.read_text("utf-8"), re.DOTALL)
TABLE, *OPTIONS = SQL
INDEX_AND_SEARCH = list(zip(OPTIONS[::2], OPTIONS[1::2], strict=True))
TOO_LONG = "column cannot have more than 2000 dimensions for hnsw index"

QWEN = "Qwen/Qwen3-VL-Embedding-8B"
FACTS = ["The office opens at seven.", "A berth costs two euros a metre.", "Dogs are welcome."]
QUESTION = "What does a berth cost?"


@pytest.fixture
def database(pgvector_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(
        pgvector_url, autocommit=True, cursor_factory=psycopg.RawCursor
    ) as connection:
        yield connection


@pytest.mark.parametrize("method", ["hnsw", "ivfflat"])
@pytest.mark.parametrize(("kind", "limit"), [("vector", 2000), ("halfvec", 4000)])
def test_longest_vector_of_an_index(
    database: psycopg.Connection, method: str, kind: str, limit: int
) -> None:
    database.execute(f"CREATE TABLE fits (embedding {kind}({limit}))")
    database.execute(f"CREATE TABLE longer (embedding {kind}({limit + 1}))")

    database.execute(f"CREATE INDEX ON fits USING {method} (embedding {kind}_cosine_ops)")
    with pytest.raises(psycopg.OperationalError, match=f"more than {limit} dimensions"):
        database.execute(f"CREATE INDEX ON longer USING {method} (embedding {kind}_cosine_ops)")


def test_longest_vector_of_a_column(database: psycopg.Connection) -> None:
    database.execute("CREATE TABLE fits (embedding vector(16000))")
    with pytest.raises(psycopg.DataError, match="cannot exceed 16000"):
        database.execute("CREATE TABLE longer (embedding vector(16001))")


def test_guide_shows_three_indexes_and_the_error() -> None:
    assert len(INDEX_AND_SEARCH) == 3
    assert TOO_LONG in GUIDE.read_text("utf-8")


@pytest.mark.parametrize(
    ("index", "search"), INDEX_AND_SEARCH, ids=["halfvec", "first_numbers", "signs"]
)
def test_search_uses_the_index_and_finds_the_nearest_vector(
    database: psycopg.Connection, index: str, search: str
) -> None:
    rng = random.Random(7)
    vectors = [[rng.gauss(0, 1) for _ in range(4096)] for _ in range(60)]
    query = str([number + rng.gauss(0, 0.5) for number in vectors[-1]])
    database.execute(TABLE)
    for number, vector in enumerate(vectors):
        database.execute("INSERT INTO facts VALUES ($1, $2)", (str(number), str(vector)))

    database.execute(index)
    database.execute("SET enable_seqscan = off")
    plan = "\n".join(row[0] for row in database.execute(f"EXPLAIN {search}", [query]))
    found = database.execute(search, [query]).fetchall()

    assert "Index Scan using facts_" in plan
    assert found[0] == ("59",)
    assert len(found) == 5


@pytest.fixture
async def engine(pgvector_url: str) -> AsyncIterator[PGEngine]:
    engine = PGEngine.from_connection_string(
        pgvector_url.replace("postgresql:", "postgresql+psycopg:")
    )
    yield engine
    await engine.close()


@pytest.mark.parametrize("index", [HNSWIndex(), IVFFlatIndex(lists=1)], ids=["hnsw", "ivfflat"])
async def test_langchain_indexes_1024_numbers(
    index: HNSWIndex | IVFFlatIndex, engine: PGEngine, ionos_emulator_env: Emulator
) -> None:
    await engine.ainit_vectorstore_table("facts", 1024)
    store = await PGVectorStore.create(engine, IONOSEmbeddings(), "facts")
    await store.aadd_texts(FACTS)

    await store.aapply_vector_index(index)

    assert await store.ais_valid_index()
    (found,) = await store.asimilarity_search(QUESTION, k=1)
    assert found.page_content == FACTS[1]


async def test_langchain_rejects_an_index_of_4096_numbers_and_searches_without_one(
    engine: PGEngine, ionos_emulator_env: Emulator
) -> None:
    await engine.ainit_vectorstore_table("facts", 4096)
    store = await PGVectorStore.create(engine, IONOSEmbeddings(model=QWEN), "facts")
    await store.aadd_texts(FACTS)

    with pytest.raises(OperationalError, match=TOO_LONG):
        await store.aapply_vector_index(HNSWIndex())

    (found,) = await store.asimilarity_search(QUESTION, k=1)
    assert found.page_content == FACTS[1]


def llama_index_store(
    url: str, length: int, *, strict: bool, halfvec: bool = False
) -> llama_index_postgres.PGVectorStore:
    return llama_index_postgres.PGVectorStore(
        url,
        url.replace("postgresql:", "postgresql+asyncpg:"),
        "facts",
        embed_dim=length,
        hnsw_kwargs={"hnsw_m": 16, "hnsw_ef_construction": 64, "hnsw_ef_search": 40},
        initialization_fail_on_error=strict,
        use_halfvec=halfvec,
    )


def indexes(database: psycopg.Connection) -> str:
    rows = database.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'data_facts'")
    return "\n".join(row[0] for row in rows)


async def test_llama_index_indexes_1024_numbers(
    pgvector_url: str, database: psycopg.Connection, ionos_emulator_env: Emulator
) -> None:
    store = llama_index_store(pgvector_url, 1024, strict=True)
    await fill_and_search(store, IONOSEmbedding())
    assert "USING hnsw" in indexes(database)


@pytest.mark.parametrize("halfvec", [False, True])
async def test_llama_index_only_logs_that_4096_numbers_are_too_many(
    pgvector_url: str,
    database: psycopg.Connection,
    ionos_emulator_env: Emulator,
    caplog: pytest.LogCaptureFixture,
    halfvec: bool,
) -> None:
    store = llama_index_store(pgvector_url, 4096, strict=False, halfvec=halfvec)
    with caplog.at_level(logging.WARNING):
        await fill_and_search(store, IONOSEmbedding(model=QWEN))

    assert "Error creating HNSW index" in caplog.text
    assert "hnsw" not in indexes(database)


def test_llama_index_raises_the_error_on_request(pgvector_url: str) -> None:
    store = llama_index_store(pgvector_url, 4096, strict=True)
    with pytest.raises(OperationalError, match=TOO_LONG):
        store.add([])


async def fill_and_search(
    store: llama_index_postgres.PGVectorStore, embed_model: IONOSEmbedding
) -> None:
    index = VectorStoreIndex.from_vector_store(store, embed_model=embed_model)
    for fact in FACTS:
        index.insert(Document(text=fact))
    (found,) = index.as_retriever(similarity_top_k=1).retrieve(QUESTION)
    assert found.text == FACTS[1]
    await store.close()
