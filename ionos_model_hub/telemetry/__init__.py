"""Observe calls: records for a hook, costs, and OpenTelemetry spans and metrics.

`docs/observability.md` has recipes for Prometheus and OpenTelemetry.
"""

from typing import TYPE_CHECKING

from ionos_model_hub.lazy import lazy_getattr
from ionos_model_hub.telemetry.pricing import catalogue_cost
from ionos_model_hub.telemetry.record import CallHook, CallRecord, Outcome, PriceFunction

if TYPE_CHECKING:
    from ionos_model_hub.telemetry.otel.tracer import OpenTelemetry

_MODULES = {"OpenTelemetry": "otel.tracer"}

__all__ = [
    "CallHook",
    "CallRecord",
    "OpenTelemetry",
    "Outcome",
    "PriceFunction",
    "catalogue_cost",
]

__getattr__ = lazy_getattr(__name__, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
