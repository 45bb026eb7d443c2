"""Scans without a code, read by a real OCR engine in the emulator, through both frameworks.

The accuracy is asserted on plain upright pages. Rotated pages, columns and tables have to complete.
"""

import difflib
from collections.abc import Sequence
from pathlib import Path

import pytest
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import RecursiveCharacterTextSplitter
from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from PIL import Image
from scans import plain_page, scanned, table, two_columns

from ionos_model_hub.emulator import Emulator
from ionos_model_hub.ocr import OCR
from langchain_ionos import ChatIONOS, IONOSEmbeddings, IONOSOCRLoader
from llama_index_ionos import IONOS, IONOSEmbedding, IONOSOCRReader

pytest.importorskip("rapidocr")
pytest.importorskip("onnxruntime")
pytest.importorskip("matplotlib")

# One worker loads the engine.

LETTER = [
    "Muster GmbH, Lindenstraße 12, 76133 Karlsruhe",
    "Rechnung Nr. 2026-0417 vom 3. März 2026",
    "Für die Lieferung berechnen wir fünf Geräte zu je 1.234,50 EUR.",
    "Größe, Übergabe und Öffnung wie vereinbart.",
    "Zahlbar bis zum 15. April 2026 ohne Abzug.",
]
CONTRACT = [
    "The lease begins on the first of May.",
    "The monthly rent amounts to 900 euros.",
    "The notice period is three months.",
]
QUESTION = "How long is the notice period?"


def save(path: Path, *pages: Image.Image) -> Path:
    pages[0].save(path, save_all=len(pages) > 1, append_images=pages[1:])
    return path


def similarity(text: str, lines: Sequence[str]) -> float:
    return difflib.SequenceMatcher(None, text, "\n".join(lines), autojunk=False).ratio()


@pytest.mark.parametrize("suffix", [".pdf", ".png", ".jpg", ".tif"])
def test_plain_upright_pages_are_read_accurately(
    suffix: str, tmp_path: Path, ionos_emulator_env: Emulator
) -> None:
    path = save(tmp_path / f"letter{suffix}", scanned(plain_page(LETTER)))
    with OCR() as ocr:
        [page] = ocr.read(path)
    assert similarity(page.text, LETTER) > 0.97
    assert "Größe, Übergabe und Öffnung" in page.text


@pytest.fixture
def contract(tmp_path: Path, ionos_emulator_env: Emulator) -> Path:
    """A document with columns, a table, rotated pages and a blank one; the answer is on page 5."""
    pages = [
        two_columns(LETTER[2:4], LETTER[1:3]),
        table([["Artikel", "Menge", "Preis"], ["Gerät", "5", "1.234,50"], ["Kabel", "20", "3,90"]]),
        scanned(plain_page(CONTRACT[:2]), degrees=3),
        scanned(plain_page(CONTRACT[:2]), degrees=90),
        scanned(plain_page(CONTRACT[2:])),
        Image.new("L", (1240, 1754), "white"),
    ]
    return save(tmp_path / "contract.pdf", *pages)


def assert_complete(texts: Sequence[str]) -> None:
    assert len(texts) == 6
    assert "fünf Geräte" in texts[0]
    assert "1.234,50" in texts[1]
    assert texts[4] == CONTRACT[2]
    assert texts[5] == ""


def test_langchain_cites_the_page_of_a_scan(contract: Path) -> None:
    pages = IONOSOCRLoader(contract).load()
    assert_complete([page.page_content for page in pages])
    splitter = RecursiveCharacterTextSplitter(chunk_size=200, chunk_overlap=0)
    store = InMemoryVectorStore.from_documents(splitter.split_documents(pages), IONOSEmbeddings())
    context = "\n".join(
        f"{each.page_content.removesuffix('.')} (page {each.metadata['page']})."
        for each in store.similarity_search(QUESTION, k=2)
    )
    response = ChatIONOS().invoke([("system", f"Answer from:\n{context}"), ("human", QUESTION)])
    assert response.text == "The notice period is three months (page 5)."


async def test_llama_index_cites_the_page_of_a_scan(contract: Path) -> None:
    reader = IONOSOCRReader()
    extractors = dict.fromkeys(reader.suffixes, reader)
    documents = await SimpleDirectoryReader(contract.parent, file_extractor=extractors).aload_data()
    assert_complete([document.text for document in documents])
    index = VectorStoreIndex.from_documents(
        documents, embed_model=IONOSEmbedding(), transformations=[SentenceSplitter(chunk_size=256)]
    )
    response = await index.as_query_engine(llm=IONOS(), similarity_top_k=2).aquery(QUESTION)
    assert "The notice period is three months." in str(response)
    assert response.source_nodes[0].metadata["page"] == 5
