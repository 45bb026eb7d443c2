"""OCR loader and parser: documents, metadata, errors, and retrieval with page citations."""

import asyncio
import copy
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from langchain_core.document_loaders import Blob
from langchain_core.documents import Document
from langchain_core.exceptions import ModelAuthenticationError, ModelError
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import RecursiveCharacterTextSplitter
from pages_of_requests import has_text

from ionos_model_hub.emulator import Emulator, Reply, render_document, render_page
from ionos_model_hub.ocr import FailedPage
from langchain_ionos import ChatIONOS, IONOSEmbeddings, IONOSOCRLoader, IONOSOCRParser

MODEL = "lightonai/LightOnOCR-2-1B"
TEXTS = ["# Contract\n\nThe rent is 900 EUR.", "The notice period is three months.", "Signed."]

Load = Callable[[IONOSOCRLoader], list[Document]]


@pytest.fixture(params=["sync", "async"])
def load(request: pytest.FixtureRequest) -> Load:
    if request.param == "sync":
        return lambda loader: loader.load()
    return lambda loader: asyncio.run(loader.aload())


@pytest.fixture
def contract(tmp_path: Path, ionos_emulator_env: Emulator) -> Path:
    path = tmp_path / "contract.tif"
    path.write_bytes(render_document(TEXTS, "TIFF"))
    return path


def test_loader_returns_a_document_for_each_page(contract: Path, load: Load) -> None:
    documents = load(IONOSOCRLoader(contract))
    assert [document.page_content for document in documents] == TEXTS
    assert [document.metadata for document in documents] == [
        {"source": str(contract), "page": page, "total_pages": 3, "model": MODEL}
        for page in (1, 2, 3)
    ]


def test_loader_reads_several_paths_and_folders(contract: Path, load: Load) -> None:
    (contract.parent / "more").mkdir()
    (contract.parent / "more" / "a.png").write_bytes(render_page("More"))
    documents = load(IONOSOCRLoader([contract.parent / "more", str(contract)]))
    assert [document.page_content for document in documents] == ["More", *TEXTS]


def test_loader_is_lazy(contract: Path, ionos_emulator: Emulator) -> None:
    documents = IONOSOCRLoader(contract).lazy_load()
    assert isinstance(documents, Iterator)
    assert not ionos_emulator.requests
    assert next(documents).page_content == TEXTS[0]


def test_failed_pages_are_reported(contract: Path, load: Load, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(error="bad_request", when=has_text(TEXTS[1])))
    failures: list[FailedPage] = []
    documents = load(IONOSOCRLoader(contract, on_failed_page=failures.append))
    assert [document.metadata["page"] for document in documents] == [1, 3]
    assert [failed.number for failed in failures] == [2]


def test_errors_are_langchain_errors(contract: Path, load: Load, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(error="unauthorised", times=None))
    with pytest.raises(ModelAuthenticationError):
        load(IONOSOCRLoader(contract))
    with pytest.raises(ModelError, match="neither a PDF nor"):
        load(IONOSOCRLoader(__file__))


def test_parser_accepts_paths_and_data(contract: Path) -> None:
    parser = IONOSOCRParser()
    blob = Blob.from_path(contract, metadata={"tenant": "Muster"})
    [first, *_] = parser.lazy_parse(blob)
    assert first.metadata["tenant"] == "Muster"
    assert first.metadata["source"] == str(contract)
    in_memory = Blob.from_data(contract.read_bytes(), metadata={"source": "s3://scans/1"})
    documents = parser.parse(in_memory)
    assert [document.page_content for document in documents] == TEXTS
    assert {document.metadata["source"] for document in documents} == {"s3://scans/1"}


async def test_parser_is_asynchronous_as_well(contract: Path) -> None:
    pages = IONOSOCRParser().alazy_parse(Blob.from_path(contract))
    assert [document.page_content async for document in pages] == TEXTS


def test_text_blobs_are_an_error(ionos_emulator_env: Emulator) -> None:
    with pytest.raises(ModelError, match="neither a PDF nor"):
        IONOSOCRParser().parse(Blob.from_data("plain text"))


def test_unknown_arguments_are_rejected_with_a_suggestion() -> None:
    with pytest.raises(ValueError, match="Did you mean 'max_tokens'"):
        IONOSOCRParser(max_token=3)  # type: ignore[call-arg]


def test_loader_can_be_pickled(contract: Path) -> None:
    loader = pickle.loads(pickle.dumps(IONOSOCRLoader(contract, concurrency=3)))
    assert loader.concurrency == 3
    assert len(loader.load()) == 3


def test_copies_share_the_callbacks(tmp_path: Path, ionos_emulator_env: Emulator) -> None:
    failures: list[FailedPage] = []
    copied = copy.deepcopy(IONOSOCRParser(on_failed_page=failures.append))
    with pytest.raises(ModelError):
        copied.parse(Blob.from_data(b"no scan"))
    assert len(failures) == 1


def cited(documents: list[Document]) -> str:
    """Return the context for the chat model, in which each text has its page."""
    return "\n".join(
        f"{' '.join(each.page_content.split()).removesuffix('.')} "
        f"({Path(each.metadata['source']).name}, page {each.metadata['page']})."
        for each in documents
    )


def answer_from_scan(path: Path, question: str) -> str:
    """Load a scan, split, embed and store it, and answer a question with page citations."""
    pages = IONOSOCRLoader(path).lazy_load()
    splitter = RecursiveCharacterTextSplitter(chunk_size=300, chunk_overlap=0)
    store = InMemoryVectorStore.from_documents(splitter.split_documents(pages), IONOSEmbeddings())
    context = cited(store.similarity_search(question, k=3))
    messages = [("system", f"Answer with citations from:\n{context}"), ("human", question)]
    return ChatIONOS().invoke(messages).text


def test_answer_cites_the_page(contract: Path) -> None:
    answer = answer_from_scan(contract, "How long is the notice period?")
    assert answer == "The notice period is three months (contract.tif, page 2)."


@pytest.mark.slow
def test_answer_from_a_pdf_with_200_pages_cites_the_page(
    tmp_path: Path, ionos_emulator_env: Emulator
) -> None:
    texts = [f"Clause {page} concerns ordinary matter number {page * 7}." for page in range(1, 201)]
    texts[136] = "The penalty for late delivery of turbines is two percent per week."
    path = tmp_path / "contract.pdf"
    path.write_bytes(render_document(texts))
    answer = answer_from_scan(path, "What is the penalty for late delivery of turbines?")
    assert answer == f"{texts[136][:-1]} (contract.pdf, page 137)."
