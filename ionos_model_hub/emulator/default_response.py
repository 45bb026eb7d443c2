"""Responses to requests without a scripted reply: of the backend, or rule-based."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ionos_model_hub.catalogue import DEFAULT_OCR_MODEL
from ionos_model_hub.emulator.backend import SOURCE_HEADER
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.connection import pause
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.responses import respond
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.state import EmulatorState


async def default_response(
    state: EmulatorState, request: RecordedRequest, content: bytes, client: Request
) -> tuple[Response, Reply | None]:
    """Return the response, and the pace of its stream if it has one.

    Raises:
        ApiError: The request is invalid, or the backend responded with an error.
        ConnectionClosedError: The client disconnected before the response.
    """
    if state.backend is not None:
        response = await state.backend.respond(request, content, client, state.config)
        if response is not None:
            request.response.source = response.headers.get(SOURCE_HEADER, "engine")
            return response, None
    response = await _rule_based_response(state.config, request, content)
    if state.backend is not None:
        response.headers[SOURCE_HEADER] = "rules"
    if not any(state.latency) or request.method != "POST":
        return response, None
    await pause(state.latency.seconds_before(response), client.receive)
    return response, Reply(chunk_delay=state.latency.per_token)


async def _rule_based_response(
    config: ServerConfig, request: RecordedRequest, content: bytes
) -> Response:
    if request.model == DEFAULT_OCR_MODEL:  # an OCR engine needs seconds for a page
        return await run_in_threadpool(respond, config, request, content)
    return respond(config, request, content)
