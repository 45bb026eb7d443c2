"""Record the responses of a server, replay recorded ones, or both."""

import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ionos_model_hub.emulator.backend import SOURCE_HEADER
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.errors import ApiError, bad_request
from ionos_model_hub.emulator.event_split import split_events
from ionos_model_hub.emulator.events import encode_event
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.recording.content import describe, json_value
from ionos_model_hub.emulator.recording.differences import explain_unrecorded
from ionos_model_hub.emulator.recording.files import (
    RecordedExchange,
    is_writable,
    read_exchanges,
    remove_exchanges,
    request_key,
    write_exchange,
)
from ionos_model_hub.emulator.recording.modes import RECORD_MODES, RecordMode
from ionos_model_hub.emulator.recording.pending import PendingExchange
from ionos_model_hub.emulator.recording.playback import Playback
from ionos_model_hub.emulator.recording.redaction import Redactor, secrets_in
from ionos_model_hub.emulator.recording.replayed import replayed_response
from ionos_model_hub.emulator.recording.requests import (
    forwarded_headers,
    recorded_body,
    recorded_headers,
    recorded_path,
)
from ionos_model_hub.emulator.upstream import (
    UpstreamError,
    UpstreamResponse,
    UpstreamStream,
    checked_url,
    open_upstream,
    unless_disconnected,
)

_REJECTED_KEY = (401, 403)
_RECORDING_HINT = "Record it with the mode new_episodes (pytest --ionos-record=new_episodes)."


class Cassette:
    """A directory of recordings, with a server to record.

    Args:
        directory: Directory of the recordings.
        mode: `none` replays only. `once` records if there are no recordings yet, else replays
            only. `new_episodes` replays what is recorded and records the rest. `all` records
            everything, and deletes older recordings when it records for the first time.
        upstream: Base URL of the server to record, including `/v1`.
        timing: Whether replayed responses take as long as the recorded ones.

    Raises:
        ValueError: The mode is invalid or needs an upstream, or the directory cannot be used.
        RecordingError: A file is not a valid recording.
    """

    def __init__(
        self,
        directory: str | Path,
        mode: RecordMode = "none",
        upstream: str | None = None,
        *,
        timing: bool = True,
    ) -> None:
        if mode not in RECORD_MODES:
            raise ValueError(f"mode must be one of {', '.join(RECORD_MODES)}, got {mode!r}")
        self._directory = Path(directory)
        exchanges = [] if mode == "all" else read_exchanges(self._directory)
        self._records = mode in ("new_episodes", "all") or (mode == "once" and not exchanges)
        if self._records and upstream is None:
            raise ValueError(f"mode {mode!r} needs the base URL of the server to record")
        if self._directory.exists() and not self._directory.is_dir():
            raise ValueError(f"{directory} is a file; pass a directory for the recordings")
        if self._records and not is_writable(self._directory):
            raise ValueError(f"Recordings cannot be written to {directory}")
        self._upstream = (
            checked_url(upstream, "server to record") if self._records and upstream else ""
        )
        self._playback = Playback(exchanges)
        self._replaces = mode == "all"
        self._timing = timing
        self._number = max((int(each.name.split("-")[0]) for each in exchanges), default=0)

    async def respond(
        self, request: RecordedRequest, content: bytes, client: Request, config: ServerConfig
    ) -> Response:
        """Return the recorded response, or that of the server, which is then recorded.

        Raises:
            ApiError: The request was not recorded, or the server cannot be reached.
        """
        headers = dict(client.headers)
        redactor = Redactor(secrets_in(headers))
        path = recorded_path(client.url.path, client.url.query, redactor)
        body = recorded_body(content, headers.get("content-type", ""), redactor)
        exchange = self._playback.take(request_key(request.method, path, body))
        if exchange is not None:
            return await replayed_response(exchange, timing=self._timing)
        if not self._records:
            raise _not_recorded(request.method, path, body, self._playback.exchanges)
        pending = PendingExchange(request.method, path, body, redactor)
        return await self._forward(pending, content, client)

    def start(self) -> None:
        """Do nothing; the recordings are read already."""

    def close(self) -> None:
        """Do nothing; files are closed after each recording."""

    async def _forward(self, pending: PendingExchange, content: bytes, client: Request) -> Response:
        query = f"?{client.url.query}" if client.url.query else ""
        url = self._upstream + client.url.path.removeprefix("/v1") + query
        headers = forwarded_headers(dict(client.headers))
        try:
            response = await unless_disconnected(
                client.receive, open_upstream(pending.method, url, headers, content or None)
            )
            return await self._record(pending, response, client)
        except UpstreamError as error:
            message = f"The server to record, {self._upstream}, failed: {error}"
            raise ApiError(503, message, kind="server_error") from None

    async def _record(
        self, pending: PendingExchange, response: UpstreamResponse, client: Request
    ) -> Response:
        pending.seconds = time.monotonic() - pending.started_at
        pending.status = response.status
        pending.headers = recorded_headers(response.headers, pending.redactor)
        headers = {**recorded_headers(response.headers, Redactor()), SOURCE_HEADER: "upstream"}
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return UpstreamStream(self._stream(pending, response), response, headers)
        body = await unless_disconnected(client.receive, response.read())
        pending.content = pending.redactor.value(describe(body))
        self._write(pending)
        return Response(body, response.status, headers)

    async def _stream(
        self, pending: PendingExchange, response: UpstreamResponse
    ) -> AsyncIterator[bytes]:
        """Pass a stream on, and record it when it ends."""
        try:
            async for event in split_events(response.chunks()):
                pending.add(event)
                yield event
        except UpstreamError as error:
            yield encode_event({"error": {"message": f"The server failed: {error}", "code": 503}})
        else:
            self._write(pending)

    def _write(self, pending: PendingExchange) -> None:
        if pending.status in _REJECTED_KEY:
            return
        if self._replaces:
            remove_exchanges(self._directory)
            self._replaces = False
        self._number += 1
        write_exchange(self._directory, self._number, pending.exchange())


def _not_recorded(
    method: str, path: str, body: Json | None, exchanges: Sequence[RecordedExchange]
) -> ApiError:
    reason = explain_unrecorded(method, path, json_value(body or {}), exchanges)
    return bad_request(f"{reason}\n{_RECORDING_HINT}", code="not_recorded")
