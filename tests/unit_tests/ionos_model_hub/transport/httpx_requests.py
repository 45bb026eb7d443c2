"""A request for tests of httpx."""

from ionos_model_hub.transport.http.messages import OutgoingRequest

URL = "https://example.com/v1/models"


def outgoing(content: bytes | None = b"{}", read_timeout: float | None = 60.0) -> OutgoingRequest:
    return OutgoingRequest(
        url=URL,
        authorization=lambda: "Bearer canary",
        headers={"x-team": "blue"},
        content=content,
        head_timeout=lambda: read_timeout,
        read_timeout=lambda: read_timeout,
        connect_timeout=5.0,
        allow_resend=True,
    )
