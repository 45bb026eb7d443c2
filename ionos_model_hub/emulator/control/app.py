"""The control API as an ASGI application."""

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from ionos_model_hub.emulator.control.access import check_access
from ionos_model_hub.emulator.control.handlers import ControlHandlers
from ionos_model_hub.emulator.control.json_views import error_response
from ionos_model_hub.emulator.control.queue_handlers import QueueHandlers
from ionos_model_hub.emulator.page.routes import page_routes
from ionos_model_hub.emulator.state import EmulatorState

PREFIX = "/_emulator/"


def is_control_request(scope: Scope) -> bool:
    """Return whether a request is for the control API or for the page that uses it."""
    path: str = scope["path"]
    return path.startswith(PREFIX) or (path == "/" and scope["method"] in ("GET", "HEAD"))


def control_app(state: EmulatorState) -> ASGIApp:
    """Return the ASGI application for all requests of `is_control_request`."""
    router = Router(_routes(state))

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        error = check_access(scope, state.control_token)
        if error is not None:
            await error_response(error.status, error.message)(scope, receive, send)
            return
        try:
            await router(scope, receive, send)
        except HTTPException as problem:
            response = error_response(problem.status_code, problem.detail)
            response.headers.update(problem.headers or {})
            await response(scope, receive, send)

    return handle


def _routes(state: EmulatorState) -> list[BaseRoute]:
    handlers = ControlHandlers(state)
    return [
        Route(PREFIX + "requests", handlers.requests, methods=["GET"]),
        Route(PREFIX + "requests", handlers.clear_requests, methods=["DELETE"]),
        Route(PREFIX + "requests/{number}", handlers.request, methods=["GET"]),
        Route(PREFIX + "events", handlers.events, methods=["GET"]),
        Route(PREFIX + "verify", handlers.verify, methods=["GET"]),
        Route(PREFIX + "reset", handlers.reset, methods=["POST"]),
        *_queue_routes(PREFIX + "script", handlers.script),
        *_queue_routes(PREFIX + "faults", handlers.faults),
        *page_routes(state),
    ]


def _queue_routes(path: str, queue: QueueHandlers) -> list[BaseRoute]:
    return [
        Route(path, queue.show, methods=["GET"]),
        Route(path, queue.append, methods=["POST"]),
        Route(path, queue.replace, methods=["PUT"]),
        Route(path, queue.clear, methods=["DELETE"]),
    ]
