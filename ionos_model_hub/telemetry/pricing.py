"""The cost of calls at the prices of the catalogue."""

from __future__ import annotations

from ionos_model_hub.catalogue import estimate_cost
from ionos_model_hub.telemetry.record import CallRecord
from ionos_model_hub.wire.response_types import Usage


def catalogue_cost(record: CallRecord) -> float | None:
    """Return the net cost of a call in EUR at the prices of the catalogue, or None if unknown.

    Pass it to a client or model as `prices`. Images are priced at one megapixel.

    Example:
        >>> record = CallRecord(
        ...     endpoint="/embeddings",
        ...     base_url="http://localhost:8400/v1",
        ...     model="BAAI/bge-m3",
        ...     started_at=0.0,
        ...     duration=0.25,
        ...     outcome="success",
        ...     usage=Usage(prompt_tokens=1_000_000),
        ... )
        >>> catalogue_cost(record)
        0.02
    """
    images = record.images if record.outcome == "success" else 0
    if record.model is None or not (record.usage or images):
        return None
    usage = record.usage or Usage()
    return estimate_cost(
        record.model,
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        images=images,
    )
