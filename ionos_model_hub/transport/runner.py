"""Run one call of the API, from the rate limit to the last retry, for both clients.

The coroutines here wait only through `IO`. With `AsyncIO` they wait on the event loop. With
`SyncIO` every wait blocks the thread, so that they run to their end in one step.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from http import HTTPStatus
from inspect import isawaitable
from math import inf
from typing import Any, TypeVar

from pydantic import SecretStr

from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import APIError, BadRequestError, ModelHubError, RateLimitError
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.policy.retry import RetryPolicy, is_throttled
from ionos_model_hub.settings import Settings
from ionos_model_hub.telemetry.recorder import CallReporter, record_call, record_stream
from ionos_model_hub.transport.active_call import ActiveCall
from ionos_model_hub.transport.call_log import log_debug
from ionos_model_hub.transport.connection_errors import decompressed
from ionos_model_hub.transport.credential_state import credential_state
from ionos_model_hub.transport.event_stream import EventStream
from ionos_model_hub.transport.http.messages import IncomingResponse
from ionos_model_hub.transport.interfaces import IO
from ionos_model_hub.transport.request_builder import RequestBuilder
from ionos_model_hub.transport.response_reader import read_body, read_error, read_non_stream
from ionos_model_hub.transport.retrying import retry_after_failure
from ionos_model_hub.wire.assembly import ResponseT
from ionos_model_hub.wire.error_hints import rate_limit_hint
from ionos_model_hub.wire.requests import Request, StreamableRequest
from ionos_model_hub.wire.response_types import Delta
from ionos_model_hub.wire.responses import parse_response

T = TypeVar("T")

logger = logging.getLogger("ionos_model_hub")

_SUCCESSFUL = (HTTPStatus.OK, HTTPStatus.CREATED)  # Some gateways respond to POST with 201.


class CallRunner:
    """Runs calls: waits for the rate limit, sends, reads, retries.

    Args:
        settings: How to reach the server, and the limits of each call.
        io: Waits and sends.
    """

    def __init__(self, settings: Settings, io: IO) -> None:
        self._settings = settings
        self._io = io
        self._credential = credential_state(settings)
        self._requests = RequestBuilder(settings)
        self._reporter = CallReporter(settings, io.now)
        self._is_observed = settings.on_call is not None or settings.telemetry is not None

    # `fetch` and `open` return the coroutine of `_run` instead of awaiting it, which saves each
    # call a stack frame.

    def fetch(self, request: Request[T]) -> Coroutine[Any, Any, T]:
        """Return a coroutine for the complete response to a request; raises ModelHubError."""
        attempt = partial(self._fetch_once, request, request.encode())
        call = self._start_call(request)
        running = self._run(attempt, call)
        if not (call.is_logged or self._is_observed):
            return running
        return record_call(running, self._reporter.start(call, streamed=False))

    def open(
        self, request: StreamableRequest[ResponseT]
    ) -> Coroutine[Any, Any, tuple[EventStream[ResponseT], list[Delta]]]:
        """Return a coroutine for a streamed response and its first deltas.

        Failures before the first delta are retried; raises ModelHubError.
        """
        attempt = partial(self._open_once, request, request.encode_for_stream(include_usage=True))
        call = self._start_call(request)
        opening = self._run(attempt, call)
        if not (call.is_logged or self._is_observed):
            return opening
        return record_stream(opening, self._reporter.start(call, streamed=True))

    def _start_call(self, request: Request[Any] | StreamableRequest[Any]) -> ActiveCall:
        settings, options, now = self._settings, request.options, self._io.now
        timeout = settings.timeout if options.timeout is None else options.timeout
        ends_at = inf if settings.deadline is None else now() + settings.deadline
        timer = CallTimer(now, timeout, ends_at)
        return ActiveCall(request, timer, logger.isEnabledFor(logging.DEBUG))

    async def _run(self, attempt: Callable[[ActiveCall], Awaitable[T]], call: ActiveCall) -> T:
        """Make the first attempt, and others if it fails."""
        try:
            value = await attempt(call)
        except ModelHubError as error:
            first_failure = error
        else:
            self._credential.retry_budget.earn()
            return value
        return await self._retry(attempt, call, first_failure)

    async def _retry(
        self, attempt: Callable[[ActiveCall], Awaitable[T]], call: ActiveCall, first: ModelHubError
    ) -> T:
        settings, budget = self._settings, self._credential.retry_budget
        policy = RetryPolicy(settings.max_retries, budget, call.timer.seconds_left, random.random)

        async def next_attempt() -> T:
            try:
                return await attempt(call)
            except ModelHubError as error:
                self._handle_failure(error, call)
                raise

        self._handle_failure(first, call)
        try:
            value = await retry_after_failure(first, next_attempt, policy, self._io.sleep)
        except ModelHubError as error:
            failure = error
        else:
            budget.earn(policy.spent)
            return value
        failure.attempts = call.timer.attempts
        # The frames below hold data from the server, maybe the key; some tools show variables.
        raise failure.with_traceback(None)

    def _handle_failure(self, error: ModelHubError, call: ActiveCall) -> None:
        """Pause all calls if the server asks for it, and remove the API key from the error."""
        if is_throttled(error):
            self._credential.rate_limiter.pause(self._io.now(), error.retry_after)
        if isinstance(error, RateLimitError):
            settings = self._settings
            error.hint = rate_limit_hint(settings.requests_per_second, settings.rate_limit)
        call.timer.explain(error)
        error.scrub(call.scrub)
        if call.is_logged:
            fields = {**call.log_fields(), "error_type": type(error).__name__}
            log_debug("%s: %s", self._settings.url, error, fields=fields)

    async def _fetch_once(self, request: Request[T], content: bytes | None, call: ActiveCall) -> T:
        try:
            response = await self._send(request.path, content, call, images=request.images)
        except APIError as error:
            request.explain(error)
            raise
        body = await read_body(response, call.timer, self._settings.max_response_bytes)
        value: T = parse_response(body, response.headers, request.read)
        return value

    async def _open_once(
        self, request: StreamableRequest[ResponseT], content: bytes, call: ActiveCall
    ) -> tuple[EventStream[ResponseT], list[Delta]]:
        response = None
        server = self._credential.server
        if not server.rejects_stream_options:
            try:
                response = await self._send(request.path, content, call)
            except BadRequestError as error:
                if "stream_options" not in error.message:
                    raise
                server.rejects_stream_options = True
        if response is None:
            content = request.encode_for_stream(include_usage=False)
            response = await self._send(request.path, content, call)
        content_type = response.headers.get("content-type", "")
        if "json" in content_type or "html" in content_type:
            raise await read_non_stream(response, call.timer)
        stream = EventStream(response, request.assembler(), call.timer, call.scrub)
        return stream, await _first_deltas(stream)

    async def _send(
        self, path: str, content: bytes | None, call: ActiveCall, *, images: int = 0
    ) -> IncomingResponse:
        """Send one request; return the response if it is successful, else raise its error."""
        io, limiter, timer = self._io, self._credential.rate_limiter, call.timer
        key = await self._current_key()
        call.scrub = key.scrub
        call.response = None
        waiting_since = call.waiting_since = io.now()
        await limiter.acquire(io, images, timer)
        timer.begin_attempt()
        sent_at = io.now()
        call.waited += sent_at - waiting_since
        call.waiting_since = None
        response = await io.send(self._requests.build(path, content, call.options, key, timer))
        timer.start_phase()
        call.response = response
        try:
            limiter.apply_server_limits(response.headers, sent_at)
            if call.is_logged:
                self._log_response(path, call)
        except BaseException:
            await response.close()
            raise
        if response.status in _SUCCESSFUL:
            return decompressed(response)
        raise await read_error(response, timer, key, path)

    def _log_response(self, path: str, call: ActiveCall) -> None:
        url, trace_id = self._settings.url + path, call.request_id or "none"
        log_debug("%s: %d, trace id %s", url, call.status, trace_id, fields=call.log_fields())

    async def _current_key(self) -> Key:
        """Return the key, or the result of the function that returns it."""
        source = self._settings.key
        if isinstance(source, Key):
            return source
        secret = source()
        if isawaitable(secret):
            secret = await self._io.resolve(secret)
        return Key(secret.get_secret_value() if isinstance(secret, SecretStr) else secret)


async def _first_deltas(stream: EventStream[ResponseT]) -> list[Delta]:
    """Read a stream up to its first deltas; a failure closes it."""
    deltas: list[Delta] = []
    try:
        while not deltas and not stream.done:
            deltas = await stream.step()
    except BaseException:
        await stream.close()
        raise
    return deltas
