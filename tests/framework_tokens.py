"""Count the tokens of calls in all spans and metrics while a framework is instrumented.

As a program, it prints the counts as JSON:

    python tests/framework_tokens.py langchain openllmetry http://127.0.0.1:8400/v1
"""

import json
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ionos_model_hub.telemetry import OpenTelemetry

PROMPT = "Which city lies on the Rhine?"
INPUT_TOKENS = ("llm.token_count.prompt", "gen_ai.usage.input_tokens")
OUTPUT_TOKENS = ("llm.token_count.completion", "gen_ai.usage.output_tokens")


class Instrumentation(NamedTuple):
    """A package that instruments a framework, and the arguments to combine it with ours.

    The arguments are those that `docs/observability.md` recommends.
    """

    module: str
    instrumentor: str
    options: dict[str, bool]


INSTRUMENTATIONS: dict[tuple[str, str], Instrumentation] = {
    ("langchain", "openinference"): Instrumentation(
        "openinference.instrumentation.langchain", "LangChainInstrumentor", {"spans": False}
    ),
    ("langchain", "openllmetry"): Instrumentation(
        "opentelemetry.instrumentation.langchain", "LangchainInstrumentor", {}
    ),
    ("llama_index", "openinference"): Instrumentation(
        "openinference.instrumentation.llama_index", "LlamaIndexInstrumentor", {"spans": False}
    ),
    ("llama_index", "openllmetry"): Instrumentation(
        "opentelemetry.instrumentation.llamaindex",
        "LlamaIndexInstrumentor",
        {"spans": False, "skip_reported_calls": False},
    ),
}


def call_langchain(base_url: str, telemetry: OpenTelemetry) -> None:
    from langchain_ionos import ChatIONOS

    llm = ChatIONOS(api_key="any", base_url=base_url, telemetry=telemetry)
    assert llm.invoke(PROMPT)
    assert list(llm.stream(PROMPT))


def call_llama_index(base_url: str, telemetry: OpenTelemetry) -> None:
    from llama_index.core.llms import ChatMessage

    from llama_index_ionos import IONOS

    llm = IONOS(api_key="any", api_base=base_url, telemetry=telemetry)
    assert llm.chat([ChatMessage(PROMPT)])
    assert list(llm.stream_chat([ChatMessage(PROMPT)]))


CALLS: dict[str, Callable[[str, OpenTelemetry], None]] = {
    "langchain": call_langchain,
    "llama_index": call_llama_index,
}


class Backend:
    """Adds up the tokens in all spans and metrics."""

    def __init__(self) -> None:
        self._exporter, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        tracer_provider = TracerProvider()
        tracer_provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.providers = {
            "tracer_provider": tracer_provider,
            "meter_provider": MeterProvider([self._reader]),
        }

    def span_tokens(self, names: tuple[str, ...]) -> int:
        spans = [span.attributes or {} for span in self._exporter.get_finished_spans()]
        return sum(int(str(span[name])) for span in spans for name in names if name in span)

    def metric_tokens(self, kind: str) -> int:
        data: Any = self._reader.get_metrics_data()
        return sum(
            point.sum
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == "gen_ai.client.token.usage"
            for point in metric.data.data_points
            if point.attributes["gen_ai.token.type"] == kind
        )


def count_tokens(framework: str, package: str, base_url: str) -> dict[str, list[int]]:
    """Return the input and output tokens of two calls, in spans and in metrics."""
    instrumentation = INSTRUMENTATIONS[framework, package]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        module = import_module(instrumentation.module)
    instrumentor = getattr(module, instrumentation.instrumentor)()
    backend = Backend()
    instrumentor.instrument(**backend.providers)
    try:
        telemetry = OpenTelemetry(**backend.providers, **instrumentation.options)  # type: ignore[arg-type]
        CALLS[framework](base_url, telemetry)
    finally:
        instrumentor.uninstrument()
    return {
        "spans": [backend.span_tokens(INPUT_TOKENS), backend.span_tokens(OUTPUT_TOKENS)],
        "metrics": [backend.metric_tokens("input"), backend.metric_tokens("output")],
    }


if __name__ == "__main__":
    print(json.dumps(count_tokens(*sys.argv[1:])))  # noqa: T201
