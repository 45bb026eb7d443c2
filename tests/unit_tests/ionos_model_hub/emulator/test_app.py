"""The emulator as an ASGI application."""

from typing import Any

import pytest

from ionos_model_hub.emulator import create_app


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/_emulator/script"])
async def test_client_may_disconnect_before_its_request_is_complete(path: str) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_: object) -> None:
        pass

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8400),
    }
    await create_app()(scope, receive, send)
