"""Requests with one arbitrary change give a response or an `ApiError`, never another failure."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.chat import create_chat_completion
from ionos_model_hub.emulator.endpoints.completions import create_completion
from ionos_model_hub.emulator.endpoints.embeddings import create_embeddings
from ionos_model_hub.emulator.endpoints.images import generate_images
from ionos_model_hub.emulator.endpoints.rerank import rerank
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.profiles import VLLM

CONFIG = ServerConfig(today=date(2026, 11, 1))
CONFIGS = [CONFIG, ServerConfig(profile=VLLM, today=date(2026, 11, 1))]
Endpoint = Callable[[Json, ServerConfig], Any]
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CHAT: Json = {
    "model": "openai/gpt-oss-120b",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "call f with 3"}]},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "content": "3", "tool_call_id": "1"},
    ],
    "tools": [
        {"type": "function", "function": {"name": "f", "description": "f", "parameters": SCHEMA}}
    ],
    "tool_choice": "auto",
    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}},
    "temperature": 1,
    "top_p": 1,
    "n": 2,
    "stop": ["x"],
    "max_tokens": 5,
    "logprobs": True,
    "top_logprobs": 1,
    "reasoning_effort": "low",
    "parallel_tool_calls": True,
    "stream": True,
    "stream_options": {"include_usage": True},
}
COMPLETION: Json = {
    "model": "openai/gpt-oss-120b",
    "prompt": "Once",
    "n": 1,
    "stop": ["x"],
    "logprobs": 1,
    "max_tokens": 4,
    "stream": False,
}
EMBEDDING: Json = {"model": "BAAI/bge-m3", "input": ["a", "b"], "encoding_format": "float"}
RERANK: Json = {
    "model": "Qwen/Qwen3-VL-Reranker-8B",
    "query": {"text": "a"},
    "documents": ["a", {"text": "b"}],
    "top_n": 1,
}
IMAGE: Json = {
    "model": "black-forest-labs/FLUX.2-klein-4B",
    "prompt": "a",
    "size": "512x512",
    "n": 1,
}
ENDPOINTS: list[tuple[Endpoint, Json]] = [
    (create_chat_completion, CHAT),
    (
        create_chat_completion,
        {**CHAT, "response_format": {"type": "text"}, "tool_choice": "required"},
    ),
    (create_completion, COMPLETION),
    (create_embeddings, EMBEDDING),
    (rerank, RERANK),
    (generate_images, IMAGE),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats(-3, 3) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container of a JSON value with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def outcome(endpoint: Endpoint, body: Json, config: ServerConfig) -> list[Json]:
    try:
        result = endpoint(body, config)
    except ApiError as error:
        return [error.body(config.profile)]
    return [result] if isinstance(result, dict) else list(result)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=500)
@given(case=st.sampled_from(ENDPOINTS), config=st.sampled_from(CONFIGS), data=st.data())
def test_changed_requests_give_a_response_or_an_error(
    case: tuple[Endpoint, Json], config: ServerConfig, data: st.DataObject
) -> None:
    endpoint, template = case
    body = deepcopy(template)
    container, key = data.draw(st.sampled_from(list(places(body))))
    if data.draw(st.booleans()):
        container[key] = data.draw(VALUES)
    else:
        del container[key]
    bodies = outcome(endpoint, body, config)
    assert bodies
    assert "message" in bodies[0].get("error", {"message"})
    json.dumps(bodies, allow_nan=False)


@pytest.mark.parametrize(("endpoint", "body"), ENDPOINTS)
def test_templates_are_accepted(endpoint: Endpoint, body: Json) -> None:
    if body is CHAT:
        body = {**CHAT, "response_format": {"type": "json_object"}}
    assert endpoint(body, CONFIG)


def test_requests_are_not_modified() -> None:
    for endpoint, template in ENDPOINTS[1:]:
        body = deepcopy(template)
        endpoint(body, CONFIG)
        assert body == template
