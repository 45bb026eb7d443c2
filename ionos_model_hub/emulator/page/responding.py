"""HTTP responses of the page, with their security headers."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response

from ionos_model_hub.emulator.page.token import TOKEN_COOKIE

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not `no-referrer`, because browsers then send `Origin: null` with forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_STATIC = Path(__file__).with_name("static")
_STATIC_FILES = ("icon.svg", "page.css", "page.js")


def secure(response: Response) -> Response:
    """Add the security headers to a response and return it."""
    response.headers.update(_HEADERS)
    return response


def html_response(html: str, status: int = 200) -> Response:
    """Return a page or a fragment."""
    content = html.encode("utf-8", "replace")  # JSON strings may contain lone surrogates
    return secure(Response(content, status, media_type="text/html"))


def static_file(request: Request) -> Response:
    """Return a file of the folder `static`."""
    name = request.path_params["name"]
    if name not in _STATIC_FILES:
        return secure(PlainTextResponse("Not found", 404))
    return secure(FileResponse(_STATIC / name))


def redirect_to_page() -> Response:
    """Return a redirect after a form was sent."""
    return secure(RedirectResponse("/", 303))


def redirect_with_token(token: str) -> Response:
    """Return a redirect that moves the control token from the address to a cookie."""
    response = redirect_to_page()
    response.set_cookie(TOKEN_COOKIE, token, httponly=True, samesite="strict")
    return response
