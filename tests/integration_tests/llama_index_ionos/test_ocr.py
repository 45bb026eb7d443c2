"""OCR reader: documents, SimpleDirectoryReader, and retrieval with page citations."""

import asyncio
import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import CitationQueryEngine
from llama_index.core.schema import Document, MetadataMode
from pages_of_requests import has_text

from ionos_model_hub import AuthenticationError, InvalidRequestError
from ionos_model_hub.emulator import Emulator, Reply, render_document, render_page
from ionos_model_hub.ocr import FailedPage
from llama_index_ionos import IONOS, IONOSEmbedding, IONOSOCRReader

MODEL = "lightonai/LightOnOCR-2-1B"
TEXTS = ["# Contract\n\nThe rent is 900 EUR.", "The notice period is three months.", "Signed."]

Load = Callable[..., list[Document]]


@pytest.fixture(params=["sync", "async"])
def load(request: pytest.FixtureRequest) -> Load:
    if request.param == "sync":
        return lambda reader, *arguments: reader.load_data(*arguments)
    return lambda reader, *arguments: asyncio.run(reader.aload_data(*arguments))


@pytest.fixture
def contract(tmp_path: Path, ionos_emulator_env: Emulator) -> Path:
    path = tmp_path / "contract.tif"
    path.write_bytes(render_document(TEXTS, "TIFF"))
    return path


def test_reader_returns_a_document_for_each_page(contract: Path, load: Load) -> None:
    documents = load(IONOSOCRReader(), contract, {"tenant": "Muster"})
    assert [document.text for document in documents] == TEXTS
    assert documents[1].metadata == {
        "tenant": "Muster",
        "source": str(contract),
        "page": 2,
        "page_label": "2",
        "total_pages": 3,
        "model": MODEL,
    }


def test_models_see_only_the_relevant_metadata(contract: Path) -> None:
    [first, *_] = IONOSOCRReader().load_data(contract)
    assert first.get_content(MetadataMode.EMBED) == f"source: {contract}\n\n{TEXTS[0]}"
    assert first.get_content(MetadataMode.LLM) == f"source: {contract}\npage: 1\n\n{TEXTS[0]}"


def test_reader_reads_several_paths_and_folders(contract: Path, load: Load) -> None:
    (contract.parent / "more").mkdir()
    (contract.parent / "more" / "a.png").write_bytes(render_page("More"))
    documents = load(IONOSOCRReader(), [contract.parent / "more", str(contract)])
    assert [document.text for document in documents] == ["More", *TEXTS]


def test_failed_pages_are_reported(contract: Path, load: Load, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(error="bad_request", when=has_text(TEXTS[1])))
    failures: list[FailedPage] = []
    documents = load(IONOSOCRReader(on_failed_page=failures.append), contract)
    assert [document.metadata["page"] for document in documents] == [1, 3]
    assert [failed.number for failed in failures] == [2]


def test_rejected_key_and_other_file_are_errors(
    contract: Path, load: Load, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(error="unauthorised", times=None))
    with pytest.raises(AuthenticationError):
        load(IONOSOCRReader(), contract)
    with pytest.raises(InvalidRequestError, match="neither a PDF nor"):
        load(IONOSOCRReader(), __file__)


def test_files_of_other_file_systems_are_read(contract: Path, load: Load) -> None:
    files = MemoryFileSystem()
    files.pipe("/scans/contract.tif", contract.read_bytes())
    documents = load(IONOSOCRReader(), "/scans/contract.tif", None, files)
    assert [document.text for document in documents] == TEXTS


@pytest.mark.parametrize("use_async", [False, True])
def test_file_extractor_of_simple_directory_reader(contract: Path, use_async: bool) -> None:
    (contract.parent / "notes.txt").write_text("Plain notes")
    reader = IONOSOCRReader()
    directory = SimpleDirectoryReader(
        contract.parent,
        file_extractor=dict.fromkeys(reader.suffixes, reader),
        filename_as_id=True,
    )
    documents = asyncio.run(directory.aload_data()) if use_async else directory.load_data()
    assert [document.text for document in documents] == [*TEXTS, "Plain notes"]
    assert documents[0].metadata["file_name"] == "contract.tif"
    assert documents[2].metadata["page"] == 3
    assert documents[2].id_.endswith("contract.tif_part_2")


def test_reader_can_be_pickled_and_dumped(contract: Path) -> None:
    reader = pickle.loads(pickle.dumps(IONOSOCRReader(concurrency=3)))
    assert reader.concurrency == 3
    assert len(reader.load_data(contract)) == 3
    assert reader.to_dict()["class_name"] == "IONOSOCRReader"
    assert "api_key" not in reader.to_json()


def test_copies_share_the_callbacks(ionos_emulator_env: Emulator) -> None:
    failures: list[FailedPage] = []
    copied = copy.deepcopy(IONOSOCRReader(on_failed_page=failures.append))
    with pytest.raises(InvalidRequestError):
        copied.load_data(__file__)
    assert len(failures) == 1


def answer_from_scan(path: Path, question: str) -> Any:
    """Load a scan, split, embed and store it, and answer a question with citations."""
    reader = IONOSOCRReader()
    directory = SimpleDirectoryReader(
        input_files=[path], file_extractor=dict.fromkeys(reader.suffixes, reader)
    )
    index = VectorStoreIndex.from_documents(
        directory.load_data(),
        embed_model=IONOSEmbedding(),
        transformations=[SentenceSplitter(chunk_size=256, chunk_overlap=0)],
    )
    engine = CitationQueryEngine.from_args(index, llm=IONOS(), similarity_top_k=2)
    return engine.query(question)


def test_response_cites_the_page(contract: Path, ionos_emulator: Emulator) -> None:
    response = answer_from_scan(contract, "How long is the notice period?")
    assert "The notice period is three months." in str(response)
    assert response.source_nodes[0].metadata["page"] == 2
    prompt = str(ionos_emulator.requests[-1].json["messages"])
    assert "Source 1:" in prompt


@pytest.mark.slow
def test_response_from_a_pdf_with_200_pages_cites_the_page(
    tmp_path: Path, ionos_emulator_env: Emulator
) -> None:
    texts = [f"Clause {page} concerns ordinary matter number {page * 7}." for page in range(1, 201)]
    texts[136] = "The penalty for late delivery of turbines is two percent per week."
    path = tmp_path / "contract.pdf"
    path.write_bytes(render_document(texts))
    response = answer_from_scan(path, "What is the penalty for late delivery of turbines?")
    assert texts[136] in str(response)
    assert response.source_nodes[0].metadata["page"] == 137
