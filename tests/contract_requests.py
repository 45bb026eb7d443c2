"""Hypothesis strategies for request bodies, from the published schemas of the hub."""

import json
from importlib.resources import files
from typing import Any

from hypothesis import strategies as st
from schema_strategies import schemas

from ionos_model_hub.catalogue import MODELS

CONTRACT: dict[str, Any] = json.loads(
    files("ionos_model_hub.emulator").joinpath("contract.json").read_text("utf-8")
)
_COMPONENTS = CONTRACT["components"]["schemas"]
_PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_RERANK: dict[str, Any] = {
    "type": "object",
    "properties": {
        "model": {"type": "string"},
        "query": {"type": "string"},
        "documents": {"type": "array", "items": {"type": "string"}},
        "top_n": {"type": "integer"},
    },
    "required": ["model", "query", "documents"],
}
REQUESTS = {
    "chat/completions": ("ChatCompletionRequest", "chat"),
    "completions": ("CompletionRequest", "chat"),
    "embeddings": ("EmbeddingRequest", "embedding"),
    "rerank": ("RerankRequest", "rerank"),
    "images/generations": ("ImageGenerationRequest", "image"),
}


def _mostly(usual: st.SearchStrategy[Any], unusual: st.SearchStrategy[Any]) -> Any:
    return st.integers(0, 9).flatmap(lambda number: unusual if number == 9 else usual)


_WORDS = ["call", "f", "Berlin", "weather", "3", "YES or NO", "{", "\n", "é", "", "?"]
words = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6).map(" ".join)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.floats(-3, 3) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
_integers = _mostly(st.integers(1, 40), st.integers(-1, 0) | st.floats(0, 3, width=16))
_numbers = _mostly(st.floats(0, 1, width=16), st.floats(-3, 3, width=16))
_names = _mostly(st.sampled_from(["f", "get_weather", "transfer_to_a"]), words)
_CLOSED = {"type": "object", "additionalProperties": False}
# Values of properties for which random ones would be rejected almost always.
_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "name": _names,
    "url": st.sampled_from([_PIXEL, "https://example.org/a.png", "data:image/png;base64,AAAA", ""]),
    "schema": _mostly(schemas.map(lambda schema: {**schema, **_CLOSED}), schemas),
    "parameters": schemas,
    "role": _mostly(st.just("user"), st.sampled_from(["system", "assistant", "tool"])),
    "arguments": st.sampled_from(["{}", '{"a": 1}', "{", ""]),
    "size": st.sampled_from(["1024*1024", "1024x1024", "512x512", "big"]),
    "n": _mostly(st.just(1), st.integers(0, 3)),
    "top_p": st.sampled_from([-1, 0.5, 1]),
}
# Fields that are not in the published schemas.
_EXTENSIONS = st.fixed_dictionaries(
    {},
    optional={
        "logprobs": st.booleans() | st.integers(0, 3),
        "top_logprobs": st.integers(-1, 3),
        "seed": st.integers(),
        "encoding_format": st.sampled_from(["float", "base64", "bogus"]),
        "reasoning_effort": st.sampled_from(["none", "low", "high", "bogus"]),
        "parallel_tool_calls": st.booleans(),
        "stream_options": st.sampled_from([{}, {"include_usage": True}, None]),
        "chat_template_kwargs": st.sampled_from([{"enable_thinking": False}, {}]),
        "bogus": json_values,
    },
)


def _value(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return instances of the schema of a property."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    if "$ref" in schema:
        return _value(name, _COMPONENTS[schema["$ref"].rpartition("/")[2]])
    if "oneOf" in schema:
        return st.one_of([_value(name, option) for option in schema["oneOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "object":
        return _object(schema)
    if schema["type"] == "array":
        least = st.sampled_from([0, *[1] * 9])
        return least.flatmap(
            lambda n: st.lists(_value("", schema["items"]), min_size=n, max_size=4)
        )
    kinds = {"string": words, "boolean": st.booleans(), "integer": _integers}
    return kinds.get(schema["type"], _numbers)


def _object(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    properties = schema.get("properties", {})
    values = {name: st.deferred(lambda n=name: _value(n, properties[n])) for name in properties}
    required = schema.get("required", ())
    return st.fixed_dictionaries(
        {name: values[name] for name in required if name in values},
        optional={name: value for name, value in values.items() if name not in required},
    )


def bodies(path: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return bodies for an endpoint; many are valid, in some a few fields are arbitrary JSON."""
    component, kind = REQUESTS[path]
    schema = _RERANK if component == "RerankRequest" else _COMPONENTS[component]
    suitable = [model.id for model in MODELS if model.kind == kind]
    models = _mostly(
        st.sampled_from(suitable), st.sampled_from([model.id for model in MODELS]) | words
    )
    changes = st.dictionaries(st.sampled_from(list(schema["properties"])), json_values, max_size=1)
    nothing: st.SearchStrategy[dict[str, Any]] = st.just({})
    parts = (_object(schema), models, _mostly(nothing, _EXTENSIONS), _mostly(nothing, changes))
    return st.tuples(*parts).map(
        lambda drawn: {**drawn[0], "model": drawn[1], **drawn[2], **drawn[3]}
    )
