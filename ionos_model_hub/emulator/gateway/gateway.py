"""Serve requests with real engines, behind the checks of the hub."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from starlette.requests import Request
from starlette.responses import Response

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.backend import SOURCE_HEADER
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.event_split import split_events
from ionos_model_hub.emulator.events import encode_event
from ionos_model_hub.emulator.gateway.engine import ALL_CHAT_MODELS, Engine, engine_for
from ionos_model_hub.emulator.gateway.engine_client import EngineClient, read
from ionos_model_hub.emulator.gateway.engine_errors import (
    UNKNOWN_FORM,
    engine_unavailable,
    unknown_form,
)
from ionos_model_hub.emulator.gateway.gguf import GgufServer
from ionos_model_hub.emulator.gateway.requests import CHECKS
from ionos_model_hub.emulator.gateway.tool_output import ToolStream, complete_response
from ionos_model_hub.emulator.gateway.tool_prompt import without_tools
from ionos_model_hub.emulator.gateway.translation import (
    engine_body,
    hub_body,
    hub_event,
    read_chunk,
)
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.responses import json_response
from ionos_model_hub.emulator.upstream import (
    UpstreamError,
    UpstreamResponse,
    UpstreamStream,
    unless_disconnected,
)

_HEADERS = {SOURCE_HEADER: "engine"}


class Gateway:
    """Sends requests to the engines of their models.

    Args:
        engines: Engines by the id of the model that they serve, see `parse_engines`.
        gguf: Serves all chat models without another engine.
    """

    def __init__(self, engines: Mapping[str, Engine], gguf: GgufServer | None = None) -> None:
        self._engines = dict(engines)
        self._gguf = gguf
        self._clients: dict[Engine, EngineClient] = {}

    def start(self) -> None:
        """Load the model file, if there is one."""
        if self._gguf is not None:
            self._engines[ALL_CHAT_MODELS] = self._gguf.start()

    def close(self) -> None:
        """Unload the model file."""
        if self._gguf is not None:
            self._gguf.stop()

    async def respond(
        self, request: RecordedRequest, content: bytes, client: Request, config: ServerConfig
    ) -> Response | None:
        """Return the response of an engine, or None if none serves the model.

        Raises:
            ApiError: The request is invalid, or the engine responded with an error or not at all.
            ConnectionClosedError: The client disconnected before the response.
        """
        check = CHECKS.get(request.endpoint or "") if request.method == "POST" else None
        if check is None or not isinstance(request.json, dict):
            return None
        if self._gguf is not None:
            await asyncio.to_thread(self.start)
        model = check(request.json, config)
        engine = engine_for(self._engines, request.endpoint or "", model)
        if engine is None:
            return None
        exchange = _Exchange(self._client(engine), request, model)
        return await unless_disconnected(client.receive, exchange.respond())

    def _client(self, engine: Engine) -> EngineClient:
        return self._clients.setdefault(engine, EngineClient(engine))


class _Exchange:
    """One request to an engine.

    Args:
        engine: The engine.
        request: A valid request of a client.
        model: The model that it names.
    """

    def __init__(self, engine: EngineClient, request: RecordedRequest, model: Model) -> None:
        self._engine = engine
        self._path = request.path.removeprefix("/v1")
        self._body: Json = request.json
        self._model_id = request.model or model.id

    async def respond(self) -> Response:
        """Return the response of the engine; raises ApiError."""
        body = engine_body(self._body, await self._engine.model())
        reads_tools = await self._reads_tools()
        if reads_tools:
            body = without_tools(body)
        response = await self._engine.open(self._path, body)
        if body.get("stream"):
            chunks = self._tool_events(response) if reads_tools else self._events(response)
            return UpstreamStream(_with_errors(chunks), response, _HEADERS)
        value = self._engine.parse(await read(response))
        try:
            value = complete_response(value) if reads_tools else value
            return json_response(hub_body(value, self._model_id), headers=_HEADERS)
        except UNKNOWN_FORM:
            raise unknown_form() from None

    async def _reads_tools(self) -> bool:
        """Return whether tool calls are read here because the engine does not support them."""
        messages = self._body.get("messages", ())
        uses_tools = self._body.get("tools") or any(m["role"] == "tool" for m in messages)
        return bool(uses_tools) and not await self._engine.has_tools()

    async def _events(self, response: UpstreamResponse) -> AsyncIterator[bytes]:
        async for event in split_events(response.chunks()):
            yield hub_event(event, self._model_id)

    async def _tool_events(self, response: UpstreamResponse) -> AsyncIterator[bytes]:
        stream = ToolStream()
        async for event in split_events(response.chunks()):
            chunk = read_chunk(event)
            if chunk is None:
                yield event
                continue
            for each in stream.read(chunk):
                yield encode_event(hub_body(each, self._model_id))


async def _with_errors(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the events; if the engine fails, the last one is an error."""
    try:
        async for event in events:
            yield event
        return
    except UpstreamError as error:
        failure = engine_unavailable(f"the engine closed the connection: {error}")
    except UNKNOWN_FORM:
        failure = unknown_form()
    yield encode_event({"error": {"message": failure.message, "code": failure.status}})
