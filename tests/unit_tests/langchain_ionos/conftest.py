"""A hub that is a function: requests go to it in place of a socket."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Answer = Callable[[dict[str, Any]], httpx.Response]


@pytest.fixture(scope="session")
def connect() -> Callable[[Answer], dict[str, Any]]:
    """Return connection fields that lead to a function of a request's JSON body."""

    def fields(answer: Answer) -> dict[str, Any]:
        transport = httpx.MockTransport(lambda request: answer(json.loads(request.content)))
        return {
            "api_key": "unit-test-key",
            "base_url": "http://localhost:1/v1",
            "http_client": httpx.Client(transport=transport),
            "http_async_client": httpx.AsyncClient(transport=transport),
        }

    return fields
