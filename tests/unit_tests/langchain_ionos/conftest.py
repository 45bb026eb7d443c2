"""A server that is a function: requests go to it instead of a socket."""

import json

import httpx
import pytest
from langchain_server import Connect, HelloServer, Json, Respond


@pytest.fixture(scope="session")
def connect() -> Connect:
    """Return a function that makes connection fields for a function of a request's JSON body."""

    def fields(respond: Respond) -> Json:
        transport = httpx.MockTransport(lambda request: respond(json.loads(request.content)))
        return {
            "api_key": "unit-test-key",
            "base_url": "http://localhost:1/v1",
            "http_client": httpx.Client(transport=transport),
            "http_async_client": httpx.AsyncClient(transport=transport),
        }

    return fields


@pytest.fixture
def server() -> HelloServer:
    return HelloServer()
