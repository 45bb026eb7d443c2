"""A streamed answer: pieces of bytes in, deltas out, every way to end accounted for."""

from contextlib import suppress
from typing import Generic

from pydantic_core import from_json

from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.policy.deadline import Watch
from ionos_model_hub.transport.interfaces import Reply
from ionos_model_hub.wire.assembly import DONE, Answer, Assembler
from ionos_model_hub.wire.error_bodies import error_event
from ionos_model_hub.wire.response_types import Delta
from ionos_model_hub.wire.responses import kept_headers
from ionos_model_hub.wire.sse import Event, EventParser


class EventStream(Generic[Answer]):
    """The stream behind one successful response.

    Attributes:
        done: Whether all of it was handed out; then `answer` is the whole answer.
    """

    def __init__(self, reply: Reply, assembler: Assembler[Answer], watch: Watch, key: Key) -> None:
        self.done = False
        self.answer: Answer = assembler.answer
        self.answer.headers = kept_headers(reply.headers)
        self._reply = reply
        self._assembler = assembler
        self._watch = watch
        self._key = key
        self._parser = EventParser()
        self._handed_out = False
        self._at_end = False
        self._failure: ModelHubError | None = None

    async def step(self) -> list[Delta]:
        """Wait for the next piece of the stream; return what it adds, maybe nothing.

        Raises:
            ModelHubError: The stream broke; `partial` holds what had been handed out.
        """
        try:
            deltas = await self._next()
        except ModelHubError as error:
            failure = error.scrub(self._key.scrub).with_traceback(None)
        else:
            self._handed_out = self._handed_out or bool(deltas)
            return deltas
        failure.attempts = self._watch.attempts
        raise self._assembler.broken(failure) if self._handed_out else failure

    async def close(self) -> None:
        """Let go of the connection; one that was read to its end serves the next request."""
        try:
            if self.done and not self._at_end:
                self._watch.wind_up()
                with suppress(ModelHubError):
                    await self._reply.read()
        finally:
            await self._reply.close()

    async def _next(self) -> list[Delta]:
        if self._failure:
            raise self._failure
        piece = await self._reply.read()
        self._at_end = piece is None
        events = self._last_events() if piece is None else self._parser.feed(piece)
        deltas = self._feed(events)
        if self._failure:
            return deltas
        if piece is None or self._assembler.done:
            held, self.answer = self._assembler.finish()
            self.done = True
            return deltas + held
        if events:
            self._watch.rearm()
        self._watch.check()
        return deltas

    def _feed(self, events: list[Event]) -> list[Delta]:
        """Assemble events; a failure waits until what came before it was handed out."""
        deltas: list[Delta] = []
        for event in events:
            try:
                if event.event == "error" and not self._assembler.done:
                    raise error_event(event.data)
                deltas += self._assembler.feed(event.data)
            except ModelHubError as error:
                if not deltas:
                    raise
                self._failure = error
                break
        return deltas

    def _last_events(self) -> list[Event]:
        """Return the event whose blank line is missing, if its data is whole."""
        last = self._parser.finish()
        if last is None:
            return []
        try:
            is_whole = last.data == DONE or isinstance(from_json(last.data), dict)
        except ValueError:
            is_whole = False
        return [last] if is_whole else []


class StreamState(Generic[Answer]):
    """What a public stream and its generator share, so that neither keeps the other alive.

    A cycle would delay the closing of the connection until the next garbage collection.
    """

    answer: Answer | None = None

    def whole(self) -> Answer:
        """Return the whole answer; raises RuntimeError before the stream was read to its end."""
        if self.answer is None:
            raise RuntimeError("There is no whole answer yet: read the stream to its end.")
        return self.answer
