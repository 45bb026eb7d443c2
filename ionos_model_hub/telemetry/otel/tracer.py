"""Spans, metrics and trace context of calls with OpenTelemetry."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Self

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import (
    Span,
    SpanKind,
    StatusCode,
    TracerProvider,
    get_tracer,
    set_span_in_context,
    use_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ionos_model_hub._version import __version__
from ionos_model_hub.telemetry.interfaces import StartedCall
from ionos_model_hub.telemetry.otel.attributes import (
    SCHEMA_URL,
    Value,
    request_attributes,
    response_attributes,
    span_name,
)
from ionos_model_hub.telemetry.otel.content import input_messages, output_messages
from ionos_model_hub.telemetry.otel.metrics import CallMetrics
from ionos_model_hub.telemetry.record import CallRecord

_SUPPRESSED = (
    "suppress_instrumentation",
    getattr(otel_context, "_SUPPRESS_INSTRUMENTATION_KEY", "suppress_instrumentation"),
)
_IS_REPORTED = "suppress_language_model_instrumentation"
"""Set by OpenLLMetry's instrumentation of a framework, which reports the call itself."""

_propagator = TraceContextTextMapPropagator()


class OpenTelemetry:
    """Exports calls as OpenTelemetry spans and metrics, by the conventions for generative AI.

    Pass it to a client or model as `telemetry`. Spans are children of the current span. Prompts
    and responses are not exported unless `capture_content` is set, API keys and headers never.

    Copies are the same object. Pickles keep all arguments except the providers: another process
    uses its global ones.

    Args:
        tracer_provider: Where spans are created. Default: the global provider.
        meter_provider: Where metrics are created. Default: the global provider.
        spans: Whether to create a span for each call.
        metrics: Whether to record `gen_ai.client.operation.duration`, `gen_ai.client.token.usage`
            and `gen_ai.client.operation.time_to_first_chunk`.
        propagate: Whether to send the trace context with each request, in the headers
            `traceparent` and `tracestate`. Baggage is never sent.
        capture_content: Whether spans contain the messages of prompts and responses.
        skip_reported_calls: Whether there are neither spans nor metrics of calls that OpenLLMetry's
            instrumentation of a framework reports.

    Raises:
        ImportError: The extra `otel` is not installed; raised by the import.

    Example:
        >>> from ionos_model_hub import Client
        >>> from ionos_model_hub.emulator import Emulator
        >>> from opentelemetry.sdk.trace import TracerProvider
        >>> from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        >>> from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        >>> exporter, provider = InMemorySpanExporter(), TracerProvider()
        >>> provider.add_span_processor(SimpleSpanProcessor(exporter))
        >>> telemetry = OpenTelemetry(tracer_provider=provider)
        >>> with Emulator() as hub:
        ...     client = Client(api_key="any", base_url=hub.base_url, telemetry=telemetry)
        ...     vectors = client.embed(["Karlsruhe"])
        >>> [span.name for span in exporter.get_finished_spans()]
        ['embeddings BAAI/bge-m3']
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        spans: bool = True,
        metrics: bool = True,
        propagate: bool = True,
        capture_content: bool = False,
        skip_reported_calls: bool = True,
    ) -> None:
        self._tracer_provider = tracer_provider
        self._meter_provider = meter_provider
        self._options = {
            "spans": spans,
            "metrics": metrics,
            "propagate": propagate,
            "capture_content": capture_content,
            "skip_reported_calls": skip_reported_calls,
        }

    def start(self, call: StartedCall) -> _CallTrace | None:
        """Return the trace of a new call, or None if instrumentation is suppressed here."""
        current = otel_context.get_current()
        if any(current.get(key) for key in _SUPPRESSED):
            return None
        options = self._options
        is_skipped = options["skip_reported_calls"] and current.get(_IS_REPORTED)
        span = self._start_span(call, current) if options["spans"] and not is_skipped else None
        metrics = self._metrics if options["metrics"] and not is_skipped else None
        headers: dict[str, str] = {}
        if options["propagate"]:
            _propagator.inject(headers, set_span_in_context(span, current) if span else current)
        return _CallTrace(span, metrics, headers, call, captures_content=options["capture_content"])

    def _start_span(self, call: StartedCall, current: Context) -> Span:
        tracer = get_tracer("ionos_model_hub", __version__, self._tracer_provider, SCHEMA_URL)
        return tracer.start_span(
            span_name(call), current, SpanKind.CLIENT, request_attributes(call)
        )

    @cached_property
    def _metrics(self) -> CallMetrics:
        return CallMetrics(self._meter_provider)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (self._options,)


def _restore(options: dict[str, bool]) -> OpenTelemetry:
    return OpenTelemetry(**options)  # type: ignore[arg-type]  # none of them is a provider


class _CallTrace:
    """Follows one call.

    Args:
        span: Its span, if it has one.
        metrics: The metrics to which it is added, if any.
        headers: Headers that are sent with its requests.
        call: The request.
        captures_content: Whether the content of the call is exported.
    """

    def __init__(
        self,
        span: Span | None,
        metrics: CallMetrics | None,
        headers: dict[str, str],
        call: StartedCall,
        *,
        captures_content: bool,
    ) -> None:
        self.headers = headers
        self._span = span
        self._metrics = metrics
        self._call = call
        self._captures_content = captures_content

    def activate(self) -> AbstractContextManager[object]:
        """Make the span the parent of those that start inside the block."""
        if self._span is None:
            return nullcontext()
        return use_span(self._span, record_exception=False, set_status_on_exception=False)

    def finish(self, record: CallRecord, response: object, scrub: Callable[[str], str]) -> None:
        """End the span and add the call to the metrics."""
        if self._span is not None:
            try:
                self._complete(self._span, record, response, scrub)
            finally:
                self._span.end()
        if self._metrics is not None:
            self._metrics.add(record)

    def _complete(
        self, span: Span, record: CallRecord, response: object, scrub: Callable[[str], str]
    ) -> None:
        span.set_attributes(response_attributes(record))
        if record.outcome == "error":
            # Without a description: messages of errors may quote the response.
            span.set_status(StatusCode.ERROR)
        if not span.is_recording():
            return
        self._scrub_request(span, scrub)
        if not self._captures_content:
            return
        content = {
            "gen_ai.input.messages": input_messages(self._call.body),
            "gen_ai.output.messages": output_messages(response),
        }
        for name, text in content.items():
            if text is not None:
                span.set_attribute(name, scrub(text))

    def _scrub_request(self, span: Span, scrub: Callable[[str], str]) -> None:
        """Remove the API key, unknown at the start, from the name and the attributes."""
        name = span_name(self._call)
        if scrub(name) != name:
            span.update_name(scrub(name))
        for attribute, value in request_attributes(self._call).items():
            if (scrubbed := _scrub_value(value, scrub)) != value:
                span.set_attribute(attribute, scrubbed)


def _scrub_value(value: Value, scrub: Callable[[str], str]) -> Value:
    if isinstance(value, tuple):
        return tuple(map(scrub, value))
    return scrub(value) if isinstance(value, str) else value
