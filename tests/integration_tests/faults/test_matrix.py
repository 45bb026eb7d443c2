"""Faults x callers: what users see when the network or the server fails."""

from collections.abc import Callable

import pytest
from faults.assertions import CANARY, GOOD_RESULTS, assert_error_of_case
from faults.callers.bare import Bare, BareAsync
from faults.callers.caller import Caller
from faults.callers.parameters import all_callers, all_callers_and_httpx, all_methods
from faults.cases.any_response import ANY_RESPONSE, DRIPPING_HEADERS
from faults.cases.case import Case
from faults.cases.non_streamed import CHAT, EMBEDDINGS, NON_STREAMED, RANKINGS
from faults.cases.streamed import STREAMS
from faults.responses import TEXT
from faults.server import FaultServer
from faults.statuses import redirect, status

from ionos_model_hub.errors import APIError, ModelHubError, ServerError


def each_case(*blocks: list[Case]) -> pytest.MarkDecorator:
    """Parametrize a test with cases: `recovers` if the fault occurs once, else it persists."""
    rows = [
        pytest.param(case, recovers, id=f"{case.name}-{'recovers' if recovers else 'persists'}")
        for block in blocks
        for case in block
        for recovers in ((True, False) if case.is_retried else (False,))
    ]
    return pytest.mark.parametrize(("case", "recovers"), rows)


class Cell:
    """A caller and a server with one fault."""

    def __init__(self, server: FaultServer, waits: list[float]) -> None:
        self.server = server
        self.waits = waits

    def run(
        self, caller_type: type[Caller], method: str, case: Case, recovers: bool, expected: object
    ) -> None:
        options = {"timeout": 20, "max_retries": 1 if "timeout" in case.options else 2}
        options.update(case.options)
        max_retries = options["max_retries"]
        self.server.script(*[case.fault] * (1 if recovers else max_retries + 1))
        caller = caller_type(api_key=CANARY, base_url=self.server.base_url, **options)
        call: Callable[[], object] = getattr(caller, method)
        attempts = 1 + (recovers or max_retries if case.is_retried else 0)
        if recovers or case.error is None:
            result = call()
            assert ("".join(result) if method == "stream" else result) == expected
        else:
            with pytest.raises(ModelHubError) as caught:
                call()
            assert_error_of_case(caught.value, case, attempts, caller_type.base_error)
        self.check_requests(case, attempts)

    def check_requests(self, case: Case, attempts: int) -> None:
        """Check the requests that the server received and the waits between them."""
        assert self.server.attempts == attempts
        assert {request.headers["authorization"] for request in self.server.requests} <= {
            f"Bearer {CANARY}"
        }
        lower, upper = case.waits
        waits = self.waits[: attempts - 1]
        assert all(lower <= wait <= upper for wait in waits), waits
        assert self.server.count_open() == 0


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
