"""Faults x callers: what users see when the network or the server fails."""

import pytest
from faults.assertions import GOOD_RESULTS
from faults.callers.bare import Bare, BareAsync
from faults.callers.caller import Caller
from faults.callers.parameters import all_callers, all_callers_and_httpx, all_methods
from faults.cases.any_response import ANY_RESPONSE, DRIPPING_HEADERS
from faults.cases.case import Case
from faults.cases.non_streamed import CHAT, EMBEDDINGS, NON_STREAMED, RANKINGS
from faults.cases.streamed import STREAMS
from faults.matrix import Cell, each_case
from faults.responses import TEXT
from faults.server import FaultServer
from faults.statuses import redirect, status

from ionos_model_hub.errors import APIError, ServerError


@pytest.fixture
def cell(server: FaultServer, waits: list[float]) -> Cell:
    return Cell(server, waits)


matrix = pytest.mark.pairwise("matrix")


@matrix
@all_callers_and_httpx
@each_case(ANY_RESPONSE, NON_STREAMED, CHAT)
def test_chat(cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
    cell.run(caller, "chat", case, recovers, case.text)


@matrix
@all_callers_and_httpx
@each_case(ANY_RESPONSE, STREAMS)
def test_stream(cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
    cell.run(caller, "stream", case, recovers, TEXT if recovers else case.text)


@matrix
@all_callers_and_httpx
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


@pytest.mark.pairwise
@all_callers
@all_methods
@pytest.mark.parametrize("max_retries", [0, 1, 4])
def test_retries_stop_at_max_retries(
    cell: Cell, caller: type[Caller], method: str, max_retries: int
) -> None:
    options = {"max_retries": max_retries}
    case = Case("unavailable", status(503), ServerError, bool(max_retries), options=options)
    cell.run(caller, method, case, False, None)
    assert cell.server.attempts == max_retries + 1
    assert len(cell.waits) == max_retries + 1  # tenacity computes the last wait as well.


@pytest.mark.pairwise
@all_callers
@all_methods
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(
    cell: Cell, other_server: FaultServer, caller: type[Caller], method: str, code: int
) -> None:
    case = Case(f"redirect_{code}", redirect(code, other_server.base_url), APIError)
    cell.run(caller, method, case, False, None)
    assert other_server.connection_count == 0
