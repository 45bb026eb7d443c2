"""Faults x callers: what users see when the network or the server fails.

A module with a subclass of `FaultMatrix` defines the fixture `cell`, and the fixture `caller` for
the tests without a list of callers. The subclass has a marker `pairwise` with a group.
"""

import pytest
from faults.assertions import GOOD_RESULTS
from faults.callers.bare import Bare, BareAsync
from faults.callers.caller import Caller
from faults.callers.parameters import all_callers, all_methods
from faults.cases.any_response import ANY_RESPONSE, DRIPPING_HEADERS
from faults.cases.case import Case
from faults.cases.non_streamed import CHAT, EMBEDDINGS, NON_STREAMED, RANKINGS
from faults.cases.streamed import STREAMS
from faults.matrix import Cell, each_case
from faults.responses import TEXT


class FaultMatrix:
    """The cells that direct connections and those through a proxy have in common."""

    @each_case(ANY_RESPONSE, NON_STREAMED, CHAT)
    def test_chat(self, cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
        cell.run(caller, "chat", case, recovers, case.text)

    @each_case(ANY_RESPONSE, STREAMS)
    def test_stream(self, cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
        cell.run(caller, "stream", case, recovers, TEXT if recovers else case.text)

    @each_case(ANY_RESPONSE, NON_STREAMED, EMBEDDINGS)
    def test_embed(self, cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
        cell.run(caller, "embed", case, recovers, GOOD_RESULTS["embed"])

    @all_callers
    @each_case(ANY_RESPONSE, NON_STREAMED, RANKINGS)
    def test_rerank(self, cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
        cell.run(caller, "rerank", case, recovers, GOOD_RESULTS["rerank"])

    @pytest.mark.parametrize("caller", [Bare, BareAsync])
    @each_case(ANY_RESPONSE, NON_STREAMED)
    def test_models(self, cell: Cell, caller: type[Caller], case: Case, recovers: bool) -> None:
        cell.run(caller, "models", case, recovers, GOOD_RESULTS["models"])

    @pytest.mark.pairwise
    @all_callers
    @all_methods
    @each_case(DRIPPING_HEADERS)
    def test_dripping_headers(
        self, cell: Cell, caller: type[Caller], method: str, case: Case, recovers: bool
    ) -> None:
        cell.run(caller, method, case, recovers, GOOD_RESULTS[method])
