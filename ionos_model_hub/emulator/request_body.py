"""Reading of request bodies."""

from starlette.requests import Request

from ionos_model_hub.emulator.errors import ApiError

MAX_REQUEST_BYTES = 100 * 2**20
"""Limit for requests to the API, so that no request can exhaust the memory."""


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body of a request.

    Raises:
        ApiError: It has more than `limit` bytes (413).
    """
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > limit:
            raise ApiError(413, f"The body has more than {limit:,} bytes")
    return bytes(content)
