"""Clients for the emulator, and checks against the response schemas of the contract."""

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openai import OpenAI

from ionos_model_hub.emulator import Emulator

KEY = "test-key"


@pytest.fixture
def client(ionos_emulator: Emulator) -> Iterator[OpenAI]:
    with OpenAI(api_key=KEY, base_url=ionos_emulator.base_url, max_retries=0) as client:
        yield client


@pytest.fixture
def http(ionos_emulator: Emulator) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=ionos_emulator.base_url, headers=headers) as client:
        yield client


def _without_nullable(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {k: _without_nullable(v) for k, v in schema.items() if k != "nullable"}
    return plain | ({"type": [plain["type"], "null"]} if schema.get("nullable") is True else {})


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


@pytest.fixture(scope="session")
def check_schema() -> Callable[[str, Any], None]:
    """Return a function that validates a body against a component schema.

    The engine sends null for absent fields, which the published schemas do not mention.
    """
    text = files("ionos_model_hub.emulator").joinpath("contract.json").read_text("utf-8")
    contract = _without_nullable(json.loads(text))

    def check(name: str, body: Any) -> None:
        Draft202012Validator({**contract, "$ref": f"#/components/schemas/{name}"}).validate(
            _without_nulls(body)
        )

    return check
