"""Cross-origin requests and the health check, in front of the endpoints."""

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HEALTH_PATH = "/healthz"
_EXPOSED_HEADERS = (
    "retry-after",
    "x-emulator-source",
    "x-ratelimit-burst",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-trace-id",
)


def with_front(api: ASGIApp) -> ASGIApp:
    """Return the endpoints with a health check, open to the pages of all websites.

    Neither preflight requests nor health checks need an API key, and they are not recorded.
    """
    cors = CORSMiddleware(
        api,
        allow_origins=["*"],
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=_EXPOSED_HEADERS,
    )

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        is_health_check = scope["path"] == HEALTH_PATH and scope["method"] in ("GET", "HEAD")
        app = JSONResponse({"status": "ok"}) if is_health_check else cors
        await app(scope, receive, send)

    return handle
