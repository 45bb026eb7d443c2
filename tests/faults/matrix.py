"""The cells of the fault matrix: a caller, a fault, and their outcome."""

from collections.abc import Callable
from typing import Any

import pytest
from faults.assertions import CANARY, assert_error_of_case
from faults.callers.caller import Caller
from faults.cases.case import Case
from faults.server import FaultServer

from ionos_model_hub.errors import ModelHubError


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
    """A caller and a server with one fault.

    Args:
        server: The server.
        waits: Where the waits between attempts are recorded.
        settings: Further settings of the caller's clients.
    """

    def __init__(self, server: FaultServer, waits: list[float], **settings: Any) -> None:
        self.server = server
        self.waits = waits
        self.settings = settings

    def run(
        self, caller_type: type[Caller], method: str, case: Case, recovers: bool, expected: object
    ) -> None:
        options = {
            **self.settings,
            "timeout": 20,
            "max_retries": 1 if "timeout" in case.options else 2,
        }
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
