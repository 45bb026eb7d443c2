"""Ingestion in worker processes returns correct vectors or a helpful error and never hangs."""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator, Sequence

import pytest
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import BaseNode, TextNode

from ionos_model_hub.emulator import Emulator
from ionos_model_hub.errors import AuthenticationError, ConfigurationError
from llama_index_ionos import IONOSEmbedding

pytestmark = pytest.mark.timeout(60)

TEXTS = ["Karlsruhe", "Bananas", "Rhine", "Whales"]

Run = Callable[[IngestionPipeline], Sequence[BaseNode]]


def nodes() -> list[TextNode]:
    return [TextNode(text=text) for text in TEXTS]


def run(pipeline: IngestionPipeline) -> Sequence[BaseNode]:
    return pipeline.run(nodes=nodes(), num_workers=2)


def arun(pipeline: IngestionPipeline) -> Sequence[BaseNode]:
    return asyncio.run(pipeline.arun(nodes=nodes(), num_workers=2))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr(multiprocessing, "cpu_count", lambda: 2)
    before = multiprocessing.get_start_method()
    multiprocessing.set_start_method("spawn", force=True)
    with Emulator(api_key="right-4711") as emulator:
        yield emulator
    multiprocessing.set_start_method(before, force=True)


@pytest.mark.parametrize("ingest", [run, pytest.param(arun, marks=pytest.mark.slow)])
def test_workers_read_the_key_from_the_environment(
    ingest: Run, hub: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "right-4711")
    model = IONOSEmbedding(base_url=hub.base_url)

    ingested = ingest(IngestionPipeline(transformations=[model]))

    assert [node.embedding for node in ingested] == model.get_text_embedding_batch(TEXTS)


def test_rejected_key_is_reported(hub: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "wrong-4711")
    model = IONOSEmbedding(base_url=hub.base_url)

    with pytest.raises(AuthenticationError) as caught:
        run(IngestionPipeline(transformations=[model]))

    assert caught.value.status_code == 401
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize("ingest", [run, pytest.param(arun, marks=pytest.mark.slow)])
def test_key_argument_is_not_pickled_and_the_error_explains_it(ingest: Run, hub: Emulator) -> None:
    model = IONOSEmbedding(api_key="right-4711", base_url=hub.base_url)

    with pytest.raises(ConfigurationError, match="Set IONOS_API_KEY") as caught:
        ingest(IngestionPipeline(transformations=[model]))

    assert "worker" in str(caught.value)
    assert hub.requests == []
