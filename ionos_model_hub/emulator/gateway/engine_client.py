"""Requests of the gateway to one engine."""

import json
from typing import Any

from ionos_model_hub.emulator.gateway.engine import Engine
from ionos_model_hub.emulator.gateway.engine_errors import (
    UNKNOWN_FORM,
    engine_error,
    engine_unavailable,
)
from ionos_model_hub.emulator.gateway.probe import has_call, tool_probe
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.upstream import UpstreamError, UpstreamResponse, open_upstream

_OK = 200


class EngineClient:
    """Sends requests to one engine, and remembers what it supports.

    Args:
        engine: Address of the engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._model = engine.model
        self._has_tools: bool | None = None

    async def open(self, path: str, body: Json) -> UpstreamResponse:
        """Send a request; return the response if it is not an error.

        Args:
            path: Path below the base URL.
            body: Request body.

        Raises:
            ApiError: The engine responded with an error, or does not respond.
        """
        response = await self._send("POST", path, body)
        if response.status == _OK:
            return response
        raise engine_error(response.status, await read(response), self._engine.url)

    async def model(self) -> str:
        """Return the name of the engine's model: the configured one, or the first one it lists.

        Raises:
            ApiError: The engine does not respond, or lists no model.
        """
        if self._model is None:
            response = await self._send("GET", "/models", None)
            content = await read(response)
            if response.status != _OK:
                raise engine_error(response.status, content, self._engine.url)
            self._model = self._first_model(content)
        return self._model

    def _first_model(self, content: bytes) -> str:
        try:
            models: Any = json.loads(content)["data"]
            model: str = models[0]["id"]
        except UNKNOWN_FORM:
            raise engine_unavailable(f"the engine at {self._engine.url} lists no model") from None
        return model

    async def has_tools(self) -> bool:
        """Return whether the engine supports tools, for a free choice as well as a forced call.

        This takes two short requests, once.

        Raises:
            ApiError: The engine does not respond.
        """
        if self._has_tools is None:
            self._has_tools = await self._probe("auto") and await self._probe("required")
        return self._has_tools

    def parse(self, content: bytes) -> Json:
        """Return the JSON object in a body.

        Raises:
            ApiError: The body contains something else.
        """
        try:
            value: Any = json.loads(content, parse_constant=_as_null)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise engine_unavailable(f"the engine at {self._engine.url} sent no JSON object")
        return value

    async def _probe(self, choice: str) -> bool:
        response = await self._send(
            "POST", "/chat/completions", tool_probe(await self.model(), choice)
        )
        content = await read(response)
        if response.status != _OK:
            return False
        try:
            return choice == "auto" or has_call(self.parse(content))
        except UNKNOWN_FORM:
            return False

    async def _send(self, method: str, path: str, body: Json | None) -> UpstreamResponse:
        content = None if body is None else json.dumps(body).encode()
        url = self._engine.url + path
        try:
            return await open_upstream(method, url, self._engine.headers, content)
        except UpstreamError as error:
            raise engine_unavailable(f"the engine at {self._engine.url}: {error}") from None


def _as_null(_: str) -> None:
    """Return null for NaN and Infinity, which JSON does not have."""


async def read(response: UpstreamResponse) -> bytes:
    """Return the body of a response.

    Raises:
        ApiError: The engine closed the connection.
    """
    try:
        return await response.read()
    except UpstreamError as error:
        raise engine_unavailable(f"the engine closed the connection: {error}") from None
