"""Faults x callers: what users see when the network or the server fails."""

from collections.abc import Callable

import pytest
from faults.answers import TEXT
from faults.callers.bare import Bare, BareAsync
from faults.callers.caller import Caller
from faults.callers.everyone import every_engine, everyone, methods
from faults.cases import (
    ANY_ANSWER,
    DRIPPING_HEADERS,
    EMBEDDINGS,
    RANKINGS,
    STREAMS,
    WHOLE,
    WHOLE_CHAT,
    Case,
)
from faults.server import FaultServer
from faults.statuses import redirect, status
from faults.verdicts import CANARY, GOOD_RESULTS, judge

from ionos_model_hub.errors import APIError, ModelHubError, ServerError


def cells(*blocks: list[Case]) -> pytest.MarkDecorator:
    """Cross cases with the ways they can go: once and then well, or for ever."""
    ways = [
        pytest.param(case, passes, id=f"{case.name}-{'passes' if passes else 'stays'}")
        for block in blocks
        for case in block
        for passes in ((True, False) if case.retried else (False,))
    ]
    return pytest.mark.parametrize(("case", "passes"), ways)


class Cell:
    """One caller before a server with one fault."""

    def __init__(self, server: FaultServer, waits: list[float]) -> None:
        self.server = server
        self.waits = waits

    def run(
        self, kind: type[Caller], method: str, case: Case, passes: bool, expected: object
    ) -> None:
        options = {"timeout": 20, "max_retries": 1 if "timeout" in case.options else 2}
        options.update(case.options)
        retries = options["max_retries"]
        self.server.script(*[case.fault] * (1 if passes else retries + 1))
        caller = kind(api_key=CANARY, base_url=self.server.base_url, **options)
        call: Callable[[], object] = getattr(caller, method)
        sent = 1 + (passes or retries if case.retried else 0)
        if passes or case.error is None:
            result = call()
            assert ("".join(result) if method == "stream" else result) == expected
        else:
            with pytest.raises(ModelHubError) as caught:
                call()
            judge(caught.value, case, sent, kind.family)
        self.account(case, sent)

    def account(self, case: Case, sent: int) -> None:
        """Check what the server saw."""
        assert self.server.turns == sent
        assert {request.headers["authorization"] for request in self.server.requests} <= {
            f"Bearer {CANARY}"
        }
        least, most = case.waits
        made = self.waits[: sent - 1]
        assert all(least <= wait <= most for wait in made), made
        assert self.server.still_open() == 0


@pytest.fixture
def cell(server: FaultServer, waits: list[float]) -> Cell:
    return Cell(server, waits)


@every_engine
@cells(ANY_ANSWER, WHOLE, WHOLE_CHAT)
def test_chat(cell: Cell, caller: type[Caller], case: Case, passes: bool) -> None:
    cell.run(caller, "chat", case, passes, case.text)


@every_engine
@cells(ANY_ANSWER, STREAMS)
def test_stream(cell: Cell, caller: type[Caller], case: Case, passes: bool) -> None:
    cell.run(caller, "stream", case, passes, TEXT if passes else case.text)


@every_engine
@cells(ANY_ANSWER, WHOLE, EMBEDDINGS)
def test_embed(cell: Cell, caller: type[Caller], case: Case, passes: bool) -> None:
    cell.run(caller, "embed", case, passes, GOOD_RESULTS["embed"])


@everyone
@cells(ANY_ANSWER, WHOLE, RANKINGS)
def test_rerank(cell: Cell, caller: type[Caller], case: Case, passes: bool) -> None:
    cell.run(caller, "rerank", case, passes, GOOD_RESULTS["rerank"])


@pytest.mark.parametrize("caller", [Bare, BareAsync])
@cells(ANY_ANSWER, WHOLE)
def test_models(cell: Cell, caller: type[Caller], case: Case, passes: bool) -> None:
    cell.run(caller, "models", case, passes, GOOD_RESULTS["models"])


@everyone
@methods
@cells(DRIPPING_HEADERS)
def test_dripping_headers(
    cell: Cell, caller: type[Caller], method: str, case: Case, passes: bool
) -> None:
    cell.run(caller, method, case, passes, GOOD_RESULTS[method])


@everyone
@methods
@pytest.mark.parametrize("retries", [0, 1, 4])
def test_max_retries_is_exact(cell: Cell, caller: type[Caller], method: str, retries: int) -> None:
    fault = status(503)
    case = Case("unavailable", fault, ServerError, bool(retries), options={"max_retries": retries})
    cell.run(caller, method, case, False, None)
    assert cell.server.turns == retries + 1
    assert len(cell.waits) == retries + 1  # tenacity asks for the last wait, too


@everyone
@methods
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_lead_nowhere(
    cell: Cell, elsewhere: FaultServer, caller: type[Caller], method: str, code: int
) -> None:
    case = Case(f"redirect_{code}", redirect(code, elsewhere.base_url), APIError)
    cell.run(caller, method, case, False, None)
    assert elsewhere.accepted == 0
