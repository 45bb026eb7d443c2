"""Export calls with OpenTelemetry. Needs the extra `otel`."""

from ionos_model_hub.lazy import require_extra

require_extra("OpenTelemetry", "otel", "opentelemetry.trace")
