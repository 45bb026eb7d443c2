"""Faults x callers, with TLS through a tunnel of an HTTP proxy."""

from collections.abc import Iterator
from typing import cast

import pytest
from faults import proxies, responses
from faults.callers.caller import Caller
from faults.callers.parameters import CALLERS
from faults.certificates import server_context
from faults.matrix import Cell
from faults.matrix_tests import FaultMatrix
from faults.server import FaultServer


@pytest.fixture
def server(trust_authority: None) -> Iterator[FaultServer]:
    """An HTTPS server that responds well unless a fault is scripted."""
    with FaultServer(responses.good, server_context("127.0.0.1")) as server:
        yield server


@pytest.fixture
def cell(server: FaultServer, waits: list[float]) -> Iterator[Cell]:
    with FaultServer(proxies.tunnel_to(server.port)) as proxy:
        yield Cell(server, waits, proxy=f"http://127.0.0.1:{proxy.port}")
        assert {request.method for request in proxy.requests} == {"CONNECT"}


@pytest.fixture(params=CALLERS.values(), ids=CALLERS)
def caller(request: pytest.FixtureRequest) -> type[Caller]:
    return cast("type[Caller]", request.param)


@pytest.mark.slow
@pytest.mark.pairwise("matrix through proxy")
class TestMatrix(FaultMatrix):
    """Connections through the proxy."""
