"""Metrics of calls, by the semantic conventions for generative AI."""

from __future__ import annotations

from opentelemetry.metrics import MeterProvider, get_meter

from ionos_model_hub._version import __version__
from ionos_model_hub.telemetry.otel.attributes import SCHEMA_URL, metric_attributes
from ionos_model_hub.telemetry.record import CallRecord

SECONDS = tuple(0.01 * 2**power for power in range(14))
TOKENS = tuple(4**power for power in range(14))
"""Bounds of the histograms' buckets, from the conventions."""


class CallMetrics:
    """The histograms of calls.

    Args:
        provider: Where they are created. Default: the global one.
    """

    def __init__(self, provider: MeterProvider | None) -> None:
        meter = get_meter("ionos_model_hub", __version__, provider, SCHEMA_URL)
        self._duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="GenAI operation duration.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._first_chunk = meter.create_histogram(
            "gen_ai.client.operation.time_to_first_chunk",
            unit="s",
            description="Time to receive the first chunk of a streamed response.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=TOKENS,
        )

    def add(self, record: CallRecord) -> None:
        """Add a finished call."""
        attributes = metric_attributes(record)
        self._duration.record(record.duration, attributes)
        if record.time_to_first_token is not None:
            self._first_chunk.record(record.time_to_first_token, attributes)
        if usage := record.usage:
            counts = {"input": usage.prompt_tokens, "output": usage.completion_tokens}
            for kind, count in counts.items():
                if count:
                    self._tokens.record(count, {**attributes, "gen_ai.token.type": kind})
