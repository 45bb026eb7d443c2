"""Observe calls: records for a hook, costs, and OpenTelemetry spans and metrics.

`docs/observability.md` has recipes for Prometheus and OpenTelemetry.
"""

from ionos_model_hub.telemetry.pricing import catalogue_cost
from ionos_model_hub.telemetry.record import CallHook, CallRecord, Outcome, PriceFunction

__all__ = [
    "CallHook",
    "CallRecord",
    "Outcome",
    "PriceFunction",
    "catalogue_cost",
]
