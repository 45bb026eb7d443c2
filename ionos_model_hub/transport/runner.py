"""One call of the API from its first turn to its last retry, written once for both shells.

The coroutines here wait only through `IO`. The asynchronous shell's `IO` really waits; the
synchronous shell's blocks instead, so that its coroutines run to their end in one step.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from math import inf
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from ionos_model_hub.credentials import Key, current_key
from ionos_model_hub.errors import (
    APIError,
    BadRequestError,
    ModelHubError,
    RateLimitError,
    ResponseError,
    TransportError,
)
from ionos_model_hub.policy.deadline import Watch
from ionos_model_hub.policy.retry import RetryPolicy
from ionos_model_hub.settings import USER_AGENT, Settings
from ionos_model_hub.transport.credential_state import lane_of
from ionos_model_hub.transport.event_stream import EventStream
from ionos_model_hub.transport.http.decompression import unpacked
from ionos_model_hub.transport.interfaces import IO, Outgoing, Reply
from ionos_model_hub.wire.assembly import Answer
from ionos_model_hub.wire.error_bodies import MAX_ERROR_BODY, error_of
from ionos_model_hub.wire.requests import Call, StreamedCall
from ionos_model_hub.wire.response_types import ChatCompletion, Completion, Delta, Embeddings
from ionos_model_hub.wire.responses import decipher, kept_headers

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

logger = logging.getLogger("ionos_model_hub")

_WHOLE = re.compile("json|html")


class Exchange:
    """Carries calls out: paces, sends, reads, retries.

    Args:
        settings: How to reach the hub, and how patiently.
        io: The shell's way to wait and to send.
    """

    def __init__(self, settings: Settings, io: IO) -> None:
        self._settings = settings
        self._io = io
        self._lane = lane_of(settings)
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **{name.lower(): value for name, value in settings.default_headers.items()},
        }
        self._query = f"?{urlencode(settings.default_query)}" if settings.default_query else ""

    async def fetch(self, call: Call[T]) -> T:
        """Return the whole answer of a call; raises ModelHubError."""
        content = call.encoded()

        async def attempt(key: Key, watch: Watch) -> T:
            reply = await self._send(call.path, content, key, watch, images=call.images)
            try:
                body = await self._read(reply, watch, self._settings.max_response_bytes)
            finally:
                await reply.close()
            if len(body) > self._settings.max_response_bytes:
                raise ResponseError(
                    f"The answer is longer than {self._settings.max_response_bytes} bytes.",
                    hint="Raise `max_response_bytes`, or ask for less at once.",
                )
            value: T = decipher(body, reply.headers, call.read)
            if isinstance(value, ChatCompletion | Completion | Embeddings):
                value.headers = kept_headers(reply.headers)
            return value

        return await self._with_retries(attempt)

    async def open(self, call: StreamedCall[Answer]) -> tuple[EventStream[Answer], list[Delta]]:
        """Start a streamed call; return the stream and its first deltas.

        Failures are retried until the first delta is there; raises ModelHubError.
        """

        async def attempt(key: Key, watch: Watch) -> tuple[EventStream[Answer], list[Delta]]:
            stream = await self._open(call, key, watch)
            deltas: list[Delta] = []
            try:
                while not deltas and not stream.done:
                    deltas = await stream.step()
            except BaseException:
                await stream.close()
                raise
            return stream, deltas

        return await self._with_retries(attempt)

    async def _open(
        self, call: StreamedCall[Answer], key: Key, watch: Watch
    ) -> EventStream[Answer]:
        """Send a streamed request; do without usage where the server refuses to be asked."""
        asks = not self._lane.refuses_usage
        try:
            content = call.encoded_for_stream(ask_for_usage=asks)
            reply = await self._send(call.path, content, key, watch)
        except BadRequestError as error:
            if not asks or "stream_options" not in error.message:
                raise
            self._lane.refuses_usage = True
        else:
            if _WHOLE.search(reply.headers.get("content-type", "")):
                raise await self._no_stream(reply, watch)
            return EventStream(reply, call.assembler(), watch, key)
        return await self._open(call, key, watch)

    async def _no_stream(self, reply: Reply, watch: Watch) -> ModelHubError:
        """Return the error for an answer in one piece where a stream was asked for."""
        try:
            body = await self._read(reply, watch, MAX_ERROR_BODY)
        finally:
            await reply.close()
        try:
            decipher(body, reply.headers, lambda _: None)
        except ModelHubError as error:
            return error
        return ResponseError(
            "The server answered in one piece where a stream was asked for.",
            hint="Ask without streaming.",
        )

    async def _with_retries(self, attempt: Callable[[Key, Watch], Awaitable[T]]) -> T:
        settings, io, lane = self._settings, self._io, self._lane
        ends_at = inf if settings.deadline is None else io.now() + settings.deadline
        watch = Watch(io.now, settings.timeout, ends_at)
        policy = RetryPolicy(settings.max_retries, lane.budget, watch.seconds_left, random.random)

        async def one_attempt() -> T:
            key = await current_key(settings.key)
            try:
                return await attempt(key, watch)
            except ModelHubError as error:
                if isinstance(error, RateLimitError):
                    lane.pause(io.now(), error.retry_after)
                error.scrub(key.scrub)
                logger.debug("%s: %s", settings.url, error)
                raise

        failure: ModelHubError
        try:
            value: T = await one_attempt()
        except ModelHubError as error:
            failure = error
        else:
            lane.budget.earn()
            return value
        try:
            value = await self._again(one_attempt, failure, policy)
        except ModelHubError as error:
            failure = error
        else:
            lane.budget.earn(policy.paid)
            return value
        failure.attempts = watch.attempts
        # The frames below hold what the server sent, maybe the key; some tools show variables.
        raise failure.with_traceback(None)

    async def _again(
        self, attempt: Callable[[], Awaitable[T]], first: ModelHubError, policy: RetryPolicy
    ) -> T:
        """Let tenacity decide whether and when to try again after a first failure.

        It comes in that late, and is loaded that late, because it costs as much as all the rest
        of a call that succeeds, and a tenth of the package's import.
        """
        from tenacity.asyncio import AsyncRetrying

        failures = [first]

        async def next_attempt() -> T:
            if failures:
                raise failures.pop()
            return await attempt()

        retrying = AsyncRetrying(
            sleep=self._io.sleep,
            retry=policy.retry,
            wait=policy.wait,
            stop=policy.stop,
            before_sleep=_log_retry,
            reraise=True,
        )
        value: T = await retrying(next_attempt)
        return value

    async def _send(
        self, path: str, content: bytes | None, key: Key, watch: Watch, *, images: int = 0
    ) -> Reply:
        """Send one request; return its good answer, or raise what the hub tells."""
        await self._lane.turn(self._io, images, watch)
        watch.begin_attempt()
        asked_at = self._io.now()
        reply = await self._io.send(
            Outgoing(
                url=self._settings.url + path + self._query,
                key=key,
                headers=self._headers,
                content=content,
                read_timeout=watch.read_timeout,
                connect_timeout=min(self._settings.connect_timeout, max(watch.seconds_left(), 0)),
                is_repeatable=self._settings.max_retries > 0,
            )
        )
        try:
            self._note(path, reply, key, asked_at)
        except BaseException:
            await reply.close()
            raise
        if reply.status == HTTPStatus.OK:
            return unpacked(reply)
        raise await self._refusal(reply, key, watch)

    def _note(self, path: str, reply: Reply, key: Key, asked_at: float) -> None:
        """Take from an answer's headers what concerns later requests, and log it."""
        self._lane.heed(reply.headers, asked_at)
        if logger.isEnabledFor(logging.DEBUG):
            trace = key.scrub(reply.headers.get("x-trace-id", "none"))
            logger.debug("%s%s: %d, trace id %s", self._settings.url, path, reply.status, trace)

    async def _refusal(self, reply: Reply, key: Key, watch: Watch) -> APIError:
        """Return the error that an answer tells; a body that cannot be read does not hide it."""
        body = b""
        try:
            body = await self._read(unpacked(reply), watch, MAX_ERROR_BODY)
        except (TransportError, ResponseError):
            pass
        finally:
            await reply.close()
        text = key.scrub(body.decode("utf-8", "replace"))
        headers = {name: key.scrub(value) for name, value in reply.headers.items()}
        return error_of(reply.status, headers, text)

    async def _read(self, reply: Reply, watch: Watch, limit: int) -> bytes:
        """Return a body, or the beginning of one that is longer than `limit` bytes."""
        pieces: list[bytes] = []
        size = 0
        while size <= limit and (piece := await reply.read()) is not None:
            pieces.append(piece)
            size += len(piece)
            watch.check()
        return b"".join(pieces)


def _log_retry(state: RetryCallState) -> None:
    if state.outcome is not None:  # pragma: no branch  # there is one after every attempt
        error = state.outcome.exception()
        logger.info("%s Trying again in %.1f s.", error, state.upcoming_sleep)
