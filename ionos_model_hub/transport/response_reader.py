"""Read the bodies of responses, within limits of size and time."""

import time

from ionos_model_hub.credentials import Key, rejected_key_hint
from ionos_model_hub.errors import (
    APIError,
    AuthenticationError,
    ModelHubError,
    ResponseError,
    TransportError,
)
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.transport.connection_errors import decompressed
from ionos_model_hub.transport.http.messages import IncomingResponse
from ionos_model_hub.wire.error_bodies import MAX_ERROR_BODY, error_from_response
from ionos_model_hub.wire.responses import parse_response


async def read_body(response: IncomingResponse, timer: CallTimer, limit: int) -> bytes:
    """Return the body, and close the response; raises ResponseError above `limit` bytes."""
    try:
        body = await _read_up_to(response, timer, limit)
    finally:
        await response.close()
    if len(body) > limit:
        raise ResponseError(
            f"The response is longer than {limit} bytes.",
            hint="Increase `max_response_bytes`, or request less at once.",
        )
    return body


async def read_error(response: IncomingResponse, timer: CallTimer, key: Key, path: str) -> APIError:
    """Return the error that a response reports; if its body cannot be read, by its status only.

    Args:
        response: A response with an error status. It is closed.
        timer: Time limits of the call.
        key: The API key, which is removed from the error.
        path: Path of the request below the base URL.
    """
    body = b""
    try:
        body = await _read_up_to(decompressed(response), timer, MAX_ERROR_BODY)
    except (TransportError, ResponseError):
        pass
    finally:
        await response.close()
    text = key.scrub(body.decode("utf-8-sig", "replace"))
    headers = {name: key.scrub(value) for name, value in response.headers.items()}
    error = error_from_response(response.status, headers, text, path=path, received_at=time.time())
    if isinstance(error, AuthenticationError):
        error.hint = rejected_key_hint(key) or error.hint
    return error


async def read_non_stream(response: IncomingResponse, timer: CallTimer) -> ModelHubError:
    """Return the error for a response that is not a stream although one was requested."""
    try:
        body = await _read_up_to(response, timer, MAX_ERROR_BODY)
    finally:
        await response.close()
    try:
        parse_response(body, response.headers, lambda _: None)
    except ModelHubError as error:
        return error
    return ResponseError(
        "The server sent a complete response where a stream was requested.",
        hint="Call the method that does not stream.",
    )


async def _read_up_to(response: IncomingResponse, timer: CallTimer, limit: int) -> bytes:
    """Return a body, or slightly more than its first `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    while size <= limit and (part := await response.read()) is not None:
        parts.append(part)
        size += len(part)
        timer.check(len(part))
    return b"".join(parts)
