"""The requests that a browser shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from ionos_model_hub.emulator.page.exchange import Row, row_of
from ionos_model_hub.emulator.page.query import Query
from ionos_model_hub.emulator.recorded import RecordedRequest

MAX_ROWS = 200


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of the requests shown.

    Attributes:
        requests: Number of requests.
        failed: Number of failed requests.
        prompt_tokens: Tokens of the requests.
        completion_tokens: Tokens of the responses.
    """

    requests: int
    failed: int
    prompt_tokens: int
    completion_tokens: int


class View:
    """The latest requests that match a query.

    Args:
        query: Selects the requests.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self._rows: dict[int, Row] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def update(self, requests: Iterable[RecordedRequest]) -> list[Row]:
        """Add or replace requests, oldest first, and return the rows of those that match."""
        changed = [row_of(request) for request in requests if self.query.matches(request)]
        self._rows.update((row.number, row) for row in changed)
        while len(self._rows) > MAX_ROWS:
            del self._rows[min(self._rows)]
        return [row for row in changed if row.number in self._rows]

    def newest_first(self) -> list[Row]:
        """Return all rows."""
        return sorted(self._rows.values(), key=lambda row: -row.number)

    def summary(self) -> Summary:
        """Return the totals."""
        rows = self._rows.values()
        return Summary(
            requests=len(rows),
            failed=sum(row.state == "error" for row in rows),
            prompt_tokens=sum(row.prompt_tokens for row in rows),
            completion_tokens=sum(row.completion_tokens for row in rows),
        )


def load_view(query: Query, latest: list[RecordedRequest]) -> View:
    """Return a view of the newest requests that match.

    Args:
        query: Selects the requests.
        latest: The requests of the log, oldest first.
    """
    view = View(query)
    newest_first = iter(reversed(latest))
    while len(view) < MAX_ROWS and (request := next(newest_first, None)) is not None:
        view.update([request])
    return view
