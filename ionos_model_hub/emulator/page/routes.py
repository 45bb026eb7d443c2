"""Routes of the page; the guard of the control API checks all requests before."""

from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.page.exchange import detail_of
from ionos_model_hub.emulator.page.forms import (
    Form,
    FormError,
    WaitingReply,
    fault_of,
    replies_of,
    waiting_replies,
)
from ionos_model_hub.emulator.page.live import live_updates
from ionos_model_hub.emulator.page.query import SHOWS, Query
from ionos_model_hub.emulator.page.rendering import (
    PREFIX,
    Server,
    render_detail,
    render_page,
    render_request,
)
from ionos_model_hub.emulator.page.responding import (
    html_response,
    redirect_to_page,
    redirect_with_token,
    secure,
    static_file,
)
from ionos_model_hub.emulator.page.token import TOKEN_PARAMETER
from ionos_model_hub.emulator.page.view import load_view
from ionos_model_hub.emulator.request_body import read_body
from ionos_model_hub.emulator.state import EmulatorState
from ionos_model_hub.emulator.text import parse_number

_MAX_FORM_BYTES = 2**20


def page_routes(state: EmulatorState) -> list[BaseRoute]:
    """Return the routes of the page at `/` and below `/_emulator/page/`."""
    page = _Page(state)
    actions = {
        "/faults": page.add_fault,
        "/replies": page.add_replies,
        "/script/clear": page.clear_script,
        "/requests/clear": page.clear_requests,
    }
    return [
        Route("/", page.show),
        Route(f"{PREFIX}/static/{{name}}", static_file),
        Route(f"{PREFIX}/events", page.stream),
        Route(f"{PREFIX}/requests/{{number}}", page.show_request),
        *(
            Route(PREFIX + path, page.form_handler(action), methods=["POST"])
            for path, action in actions.items()
        ),
    ]


class _Page:
    def __init__(self, state: EmulatorState) -> None:
        self._state = state

    async def show(self, request: Request) -> Response:
        token = request.query_params.get(TOKEN_PARAMETER)
        if token is not None and token == self._state.control_token:
            return redirect_with_token(token)
        return html_response(await self._page(request))

    async def _page(self, request: Request, outcome: str = "") -> str:
        view = await run_in_threadpool(load_view, _query(request), self._state.log.latest())
        return render_page(self._server(request), view, self._waiting(), outcome)

    async def show_request(self, request: Request) -> Response:
        number = parse_number(request.path_params["number"])
        recorded = self._state.log.find(number) if number is not None else None
        if recorded is None:
            return secure(PlainTextResponse("This request is no longer in the log.", 404))
        detail = detail_of(recorded)
        if _is_script(request):
            return html_response(render_detail(detail))
        return html_response(render_request(self._server(request), detail))

    async def stream(self, request: Request) -> Response:
        updates = live_updates(self._state, _query(request))
        return secure(StreamingResponse(updates, media_type="text/event-stream"))

    def form_handler(self, action: Callable[[Form], str]) -> Callable[[Request], object]:
        """Return the handler of a form.

        Args:
            action: Applies the form and returns a sentence for the user.
        """

        async def handle(request: Request) -> Response:
            status = 200
            try:
                outcome = action(await _parse_form(request))
            except FormError as error:
                status, outcome = 422, str(error)
            if _is_script(request):
                return secure(PlainTextResponse(outcome, status))
            if status == 200:
                return redirect_to_page()
            return html_response(await self._page(request, outcome), status)

        return handle

    def add_fault(self, form: Form) -> str:
        self._state.faults.extend([fault_of(form)])
        return "The fault is waiting for its request."

    def add_replies(self, form: Form) -> str:
        replies = replies_of(form)
        self._state.script.extend(replies)
        return f"{len(replies)} replies added." if len(replies) != 1 else "The reply was added."

    def clear_script(self, _: Form) -> str:
        self._state.faults.clear()
        self._state.script.clear()
        return "All waiting replies and faults were removed."

    def clear_requests(self, _: Form) -> str:
        self._state.log.clear()
        return "The list was cleared."

    def _waiting(self) -> list[WaitingReply]:
        return waiting_replies(self._state.faults, self._state.script)

    def _server(self, request: Request) -> Server:
        return Server(f"{request.base_url}v1", self._state.config.profile.name)


def _query(request: Request) -> Query:
    show = request.query_params.get("show", "all")
    return Query(request.query_params.get("q", ""), show if show in SHOWS else "all")


def _is_script(request: Request) -> bool:
    """Return whether the script of the page sent the request, which needs only a fragment."""
    return request.headers.get("x-requested-with") == "page"


async def _parse_form(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        FormError: The form is too long.
    """
    try:
        content = await read_body(request, _MAX_FORM_BYTES)
    except ApiError:
        raise FormError("The form is too long.") from None
    return dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True))
