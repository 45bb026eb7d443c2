"""Faults x callers: what users see when the network or the server fails."""

from typing import cast

import pytest
from faults.callers.caller import Caller
from faults.callers.parameters import CALLERS, HTTPX_CALLERS, all_callers, all_methods
from faults.cases.case import Case
from faults.matrix import Cell
from faults.matrix_tests import FaultMatrix
from faults.server import FaultServer
from faults.statuses import redirect, status

from ionos_model_hub.errors import APIError, ServerError


@pytest.fixture
def cell(server: FaultServer, waits: list[float]) -> Cell:
    return Cell(server, waits)


@pytest.fixture(params=[*CALLERS.values(), *HTTPX_CALLERS.values()], ids=[*CALLERS, *HTTPX_CALLERS])
def caller(request: pytest.FixtureRequest) -> type[Caller]:
    return cast("type[Caller]", request.param)


@pytest.mark.pairwise("matrix")
class TestMatrix(FaultMatrix):
    """Direct connections."""


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
