"""The HTML of the page.

Jinja escapes everything that the templates insert, because recorded requests are not trusted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ionos_model_hub.emulator.page.exchange import Detail, Row
from ionos_model_hub.emulator.page.faults import FAULTS
from ionos_model_hub.emulator.page.forms import ENDPOINTS, KINDS, WaitingReply
from ionos_model_hub.emulator.page.query import SHOWS
from ionos_model_hub.emulator.page.timing import TIMELINE_WIDTH
from ionos_model_hub.emulator.page.view import MAX_ROWS, View

if TYPE_CHECKING:
    from jinja2 import Environment

PREFIX = "/_emulator/page"


@dataclass(frozen=True, slots=True)
class Server:
    """Facts about the server that all pages show.

    Attributes:
        base_url: Base URL for clients.
        profile: Name of the profile.
    """

    base_url: str
    profile: str


@cache
def _templates() -> "Environment":
    import jinja2  # not at the start, because most emulators run without the page

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        prefix=PREFIX,
        shows=SHOWS,
        endpoints=ENDPOINTS,
        faults=FAULTS,
        kinds=KINDS,
        max_rows=MAX_ROWS,
        timeline_width=TIMELINE_WIDTH,
    )
    return environment


def _render(name: str, **values: object) -> str:
    return _templates().get_template(name).render(values)


def render_page(
    server: Server, view: View, waiting: Sequence[WaitingReply], outcome: str = ""
) -> str:
    """Return the page with the list of requests.

    Args:
        server: Facts about the server.
        view: Requests to show.
        waiting: Replies that have not been sent yet.
        outcome: Result of the form that was sent.
    """
    return _render("page.html", server=server, view=view, waiting=waiting, outcome=outcome)


def render_request(server: Server, detail: Detail) -> str:
    """Return the page of one request."""
    return _render("request.html", server=server, detail=detail)


def render_detail(detail: Detail) -> str:
    """Return the content of an opened row."""
    return _render("detail.html", detail=detail)


def render_list(view: View) -> str:
    """Return the list of all rows."""
    return _render("list.html", view=view)


def render_rows(rows: Iterable[Row]) -> str:
    """Return rows that are new or have changed."""
    return "".join(_render("row.html", row=row) for row in rows)


def render_summary(view: View) -> str:
    """Return the totals."""
    return _render("summary.html", view=view)


def render_queue(waiting: Sequence[WaitingReply]) -> str:
    """Return the list of replies that have not been sent yet."""
    return _render("queue.html", waiting=waiting)
