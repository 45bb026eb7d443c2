"""Faults x callers, with TLS through a tunnel of an HTTP proxy."""

from collections.abc import Iterator

import pytest
from faults import proxies, responses
from faults.assertions import GOOD_RESULTS
from faults.callers.bare import Bare, BareAsync
from faults.callers.caller import Caller
from faults.callers.parameters import all_callers, all_methods
from faults.cases.any_response import ANY_RESPONSE, DRIPPING_HEADERS
from faults.cases.case import Case
from faults.cases.non_streamed import CHAT, EMBEDDINGS, NON_STREAMED, RANKINGS
from faults.cases.streamed import STREAMS
from faults.certificates import server_context
from faults.matrix import Cell, each_case
from faults.responses import TEXT
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


matrix = pytest.mark.pairwise("matrix through proxy")


@matrix
@all_callers
@each_case(ANY_RESPONSE, NON_STREAMED, CHAT)
def test_chat(cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
    cell.run(caller, "chat", case, recovers, case.text)


@matrix
@all_callers
@each_case(ANY_RESPONSE, STREAMS)
def test_stream(cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
    cell.run(caller, "stream", case, recovers, TEXT if recovers else case.text)


@matrix
@all_callers
@each_case(ANY_RESPONSE, NON_STREAMED, EMBEDDINGS)
def test_embed(cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
    cell.run(caller, "embed", case, recovers, GOOD_RESULTS["embed"])


@matrix
@all_callers
@each_case(ANY_RESPONSE, NON_STREAMED, RANKINGS)
def test_rerank(cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
    cell.run(caller, "rerank", case, recovers, GOOD_RESULTS["rerank"])


@matrix
@pytest.mark.parametrize("caller", [Bare, BareAsync])
@each_case(ANY_RESPONSE, NON_STREAMED)
def test_models(cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
    cell.run(caller, "models", case, recovers, GOOD_RESULTS["models"])


@pytest.mark.pairwise
@all_callers
@all_methods
@each_case(DRIPPING_HEADERS)
def test_dripping_headers(
    cell: Cell, caller: type[Caller], method: str, case: Case, recovers: bool
) -> None:
    cell.run(caller, method, case, recovers, GOOD_RESULTS[method])
