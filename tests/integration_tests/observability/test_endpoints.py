"""Every endpoint is recorded, with the token usage that the API reports."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ionos_model_hub import AsyncClient, Client
from ionos_model_hub.emulator import Emulator
from ionos_model_hub.telemetry import CallRecord, OpenTelemetry, catalogue_cost
from langchain_ionos import IONOSLLM, IONOSImageTool, IONOSRerank
from llama_index_ionos import IONOS, IONOSImageToolSpec

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
USER = [{"role": "user", "content": "Hallo"}]

Call = Callable[[Any], Any]

CALLS: dict[str, tuple[Call, str, bool]] = {
    "chat": (lambda client: client.chat(USER), "chat openai/gpt-oss-120b", True),
    "completion": (
        lambda client: client.complete("Once", model=LLAMA),
        f"text_completion {LLAMA}",
        True,
    ),
    "embeddings": (lambda client: client.embed(["a"]), "embeddings BAAI/bge-m3", True),
    "rerank": (
        lambda client: client.rerank("a", ["b"]),
        "rerank Qwen/Qwen3-VL-Reranker-8B",
        True,
    ),
    "images": (
        lambda client: client.generate_images("A lake", size="512x512"),
        "generate_content black-forest-labs/FLUX.2-klein-4B",
        False,
    ),
    "models": (lambda client: client.models(), "list_models", False),
}


class Observed:
    """The records and the names of the spans of some calls."""

    def __init__(self, base_url: str) -> None:
        self.records: list[CallRecord] = []
        self._exporter, provider = InMemorySpanExporter(), TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.options: dict[str, Any] = {
            "api_key": "any",
            "base_url": base_url,
            "on_call": self.records.append,
            "prices": catalogue_cost,
            "telemetry": OpenTelemetry(tracer_provider=provider, metrics=False),
        }

    @property
    def span_names(self) -> list[str]:
        return [span.name for span in self._exporter.get_finished_spans()]


@pytest.fixture
def observed(ionos_emulator: Emulator) -> Observed:
    return Observed(ionos_emulator.base_url)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(("call", "span_name", "has_usage"), CALLS.values(), ids=CALLS.keys())
def test_clients(
    observed: Observed, call: Call, span_name: str, has_usage: bool, is_async: bool
) -> None:
    async def acall() -> None:
        async with AsyncClient(**observed.options) as client:
            await call(client)

    if is_async:
        asyncio.run(acall())
    else:
        with Client(**observed.options) as client:
            call(client)
    (record,) = observed.records
    assert observed.span_names == [span_name]
    assert (record.outcome, record.status) == ("success", 200)
    assert record.request_id
    assert (record.usage is not None) == has_usage
    assert not record.usage or record.usage.prompt_tokens > 0


def test_images_are_counted_and_priced(observed: Observed) -> None:
    with Client(**observed.options) as client:
        client.generate_images("A lake", size="512x512", n=2)
    assert sum(record.images for record in observed.records) == 2
    assert sum(record.cost or 0 for record in observed.records) == pytest.approx(0.026)


@pytest.mark.parametrize("method", ["generate", "stream"])
def test_langchain_completions(observed: Observed, method: str) -> None:
    llm = IONOSLLM(model=LLAMA, **observed.options)
    if method == "generate":
        llm.generate(["Once", "Twice"])
    else:
        list(llm.stream("Once"))
    assert {record.endpoint for record in observed.records} == {"/completions"}
    assert len(observed.records) == (2 if method == "generate" else 1)
    assert all(record.usage for record in observed.records)


def test_langchain_rerank_and_image_tool(observed: Observed) -> None:
    IONOSRerank(**observed.options).rerank(["a", "b"], "c")
    IONOSImageTool(size="512x512", **observed.options).invoke({"prompt": "A lake"})
    assert [record.endpoint for record in observed.records] == ["/rerank", "/images/generations"]


def test_llama_index_completions_and_image_tool(observed: Observed, tmp_path: Any) -> None:
    IONOS(model=LLAMA, is_chat_model=False, **observed.options).complete("Once")
    spec = IONOSImageToolSpec(directory=tmp_path, **observed.options)
    spec.generate_image("A lake", size="512x512")
    endpoints = [record.endpoint for record in observed.records]
    assert endpoints == ["/completions", "/images/generations"]
