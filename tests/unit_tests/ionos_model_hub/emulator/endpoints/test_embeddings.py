"""Inputs of embedding requests to the engine: texts, token ids and truncation."""

from typing import Any

import pytest

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.embeddings import create_embeddings
from ionos_model_hub.emulator.profiles import VLLM

CONFIG = ServerConfig(VLLM, context_window=10)


def embed(value: Any, **changes: Any) -> Any:
    return create_embeddings({"model": "BAAI/bge-m3", "input": value, **changes}, CONFIG)


def vectors(value: Any) -> list[list[float]]:
    return [item["embedding"] for item in embed(value)["data"]]


def test_token_ids_are_one_input_or_several() -> None:
    assert vectors([5, 6]) == vectors([[5, 6]])
    assert vectors([[5, 6], [7]]) == vectors([5, 6]) + vectors([7])
    assert vectors([5, 6]) != vectors([7, 6])


@pytest.mark.parametrize(
    ("value", "count"), [([5, 6], 2), ([[5, 6], [7]], 3), ("a", 3), (["a", "b"], 6), ("", 2)]
)
def test_special_tokens_are_added_to_texts_only(value: Any, count: int) -> None:
    assert embed(value)["usage"]["prompt_tokens"] == count


@pytest.mark.parametrize(("limit", "count"), [(4, 4), (-1, 10)])
def test_truncated_inputs(limit: int, count: int) -> None:
    response = embed("word " * 100, truncate_prompt_tokens=limit)
    assert response["usage"]["prompt_tokens"] == count
