"""Attributes of spans and metrics, by the semantic conventions for generative AI.

The names are those of version 1.41, the last one before these conventions moved to a repository
that has not published a release yet (October 2026): https://github.com/open-telemetry/
semantic-conventions/tree/v1.41.0/docs/gen-ai. Names that start with `ionos.` are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import urlsplit

from ionos_model_hub.telemetry.interfaces import StartedCall
from ionos_model_hub.telemetry.record import CallRecord

Value = str | bool | int | float | tuple[str, ...]
Attributes = dict[str, Value]

SCHEMA_URL = "https://opentelemetry.io/schemas/1.41.0"
PROVIDER = "ionos"

_OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "/chat/completions": "chat",
        "/completions": "text_completion",
        "/embeddings": "embeddings",
        "/images/edits": "generate_content",
        "/images/generations": "generate_content",
        "/models": "list_models",
        "/rerank": "rerank",
    }
)
_NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "dimensions": "gen_ai.embeddings.dimension.count",
        "frequency_penalty": "gen_ai.request.frequency_penalty",
        "max_completion_tokens": "gen_ai.request.max_tokens",
        "max_tokens": "gen_ai.request.max_tokens",
        "presence_penalty": "gen_ai.request.presence_penalty",
        "seed": "gen_ai.request.seed",
        "temperature": "gen_ai.request.temperature",
        "top_k": "gen_ai.request.top_k",
        "top_p": "gen_ai.request.top_p",
    }
)
"""The attribute of each numeric field of a request."""


def operation_name(endpoint: str) -> str:
    """Return `gen_ai.operation.name`; endpoints without a conventional name have their own."""
    return _OPERATIONS.get(endpoint) or endpoint.strip("/").replace("/", "_")


def span_name(call: StartedCall) -> str:
    """Return the name of a span.

    Example:
        >>> span_name(StartedCall("/embeddings", "http://localhost/v1", {"model": "BAAI/bge-m3"}))
        'embeddings BAAI/bge-m3'
    """
    return f"{operation_name(call.endpoint)} {call.model or ''}".rstrip()


def common_attributes(endpoint: str, base_url: str, model: str | None) -> Attributes:
    """Return the attributes that all spans and metrics have."""
    address, port = _server(base_url)
    attributes: Attributes = {
        "gen_ai.operation.name": operation_name(endpoint),
        "gen_ai.provider.name": PROVIDER,
        "server.address": address,
        "server.port": port,
    }
    if model is not None:
        attributes["gen_ai.request.model"] = model
    return attributes


def request_attributes(call: StartedCall) -> Attributes:
    """Return the attributes of a request; it contains no texts except stop sequences."""
    body = call.body
    attributes = common_attributes(call.endpoint, call.base_url, call.model)
    for field, name in _NUMBERS.items():
        value = body.get(field)
        if isinstance(value, int | float):
            attributes[name] = value
    choices = body.get("n")
    if isinstance(choices, int) and choices != 1:
        attributes["gen_ai.request.choice.count"] = choices
    if stop := body.get("stop"):
        attributes["gen_ai.request.stop_sequences"] = _strings(stop)
    if encoding := body.get("encoding_format"):
        attributes["gen_ai.request.encoding_formats"] = _strings(encoding)
    if call.streamed:
        attributes["gen_ai.request.stream"] = True
    if output_type := _output_type(call):
        attributes["gen_ai.output.type"] = output_type
    return attributes


def response_attributes(record: CallRecord) -> Attributes:
    """Return the attributes of a finished call."""
    usage = record.usage
    attributes: dict[str, Value | None] = {
        "error.type": record.error_type,
        "gen_ai.response.finish_reasons": record.finish_reasons or None,
        "gen_ai.response.id": record.response_id,
        "gen_ai.response.model": record.response_model,
        "gen_ai.response.time_to_first_chunk": record.time_to_first_token,
        "http.response.status_code": record.status,
        "ionos.attempts": record.attempts,
        "ionos.cost": record.cost,
        "ionos.outcome": record.outcome,
        "ionos.rate_limit_wait": record.rate_limit_wait,
        "ionos.request_id": record.request_id,
    }
    if usage:
        attributes |= {
            "gen_ai.usage.input_tokens": usage.prompt_tokens,
            "gen_ai.usage.output_tokens": usage.completion_tokens,
            "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
            "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens,
        }
    return {name: value for name, value in attributes.items() if value is not None}


def metric_attributes(record: CallRecord) -> Attributes:
    """Return the attributes of the metrics of a finished call."""
    attributes = common_attributes(record.endpoint, record.base_url, record.model)
    if record.response_model is not None:
        attributes["gen_ai.response.model"] = record.response_model
    if record.error_type is not None:
        attributes["error.type"] = record.error_type
    return attributes


@lru_cache(maxsize=64)
def _server(base_url: str) -> tuple[str, int]:
    parts = urlsplit(base_url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _strings(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _output_type(call: StartedCall) -> str | None:
    if call.endpoint.startswith("/images/"):
        return "image"
    response_format = call.body.get("response_format")
    if not isinstance(response_format, Mapping):
        return None
    return "text" if response_format.get("type") == "text" else "json"
