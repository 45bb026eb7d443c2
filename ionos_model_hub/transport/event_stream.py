"""A streamed response: bytes in, deltas out, with a defined result for every way to end."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Generic

from pydantic_core import from_json

from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.transport.http.messages import IncomingResponse
from ionos_model_hub.wire.assembly import DONE, Assembler, ResponseT
from ionos_model_hub.wire.error_bodies import error_from_event
from ionos_model_hub.wire.response_types import Delta
from ionos_model_hub.wire.responses import select_headers
from ionos_model_hub.wire.sse import Event, EventParser


class EventStream(Generic[ResponseT]):
    """Reads the events of a successful streamed response.

    Args:
        response: The response.
        assembler: Parses the events and assembles the complete response.
        timer: Time limits of the call.
        scrub: Removes the API key from a text.

    Attributes:
        done: Whether all deltas were returned. Then `answer` is the complete response.
        on_close: Called when the stream is closed, with the response received so far, and the
            reason if it is closed before its end.
    """

    def __init__(
        self,
        response: IncomingResponse,
        assembler: Assembler[ResponseT],
        timer: CallTimer,
        scrub: Callable[[str], str],
    ) -> None:
        self.done = False
        self.on_close: Callable[[ResponseT, BaseException | None], None] | None = None
        self.answer: ResponseT = assembler.response
        self.answer.headers = select_headers(response.headers)
        self._response = response
        self._assembler = assembler
        self._timer = timer
        self._scrub = scrub
        self._parser = EventParser()
        self._has_returned_deltas = False
        self._at_end = False
        self._had_events = False
        self._failure: ModelHubError | None = None

    async def step(self) -> list[Delta]:
        """Wait for the next bytes and return the deltas in them, possibly none.

        Raises:
            ModelHubError: The stream failed; `partial` contains the deltas returned so far.
        """
        try:
            deltas = await self._next_deltas()
        except ModelHubError as error:
            self._timer.explain(error)
            failure = error.scrub(self._scrub).with_traceback(None)
        else:
            self._has_returned_deltas = self._has_returned_deltas or bool(deltas)
            return deltas
        failure.attempts = self._timer.attempts
        raise self._assembler.attach_partial(failure) if self._has_returned_deltas else failure

    async def close(self) -> None:
        """Release the connection; it is reused if the stream was read to its end."""
        try:
            if self.on_close:
                # The generator that closes the stream is handling the error that has ended it.
                self.on_close(self.answer, None if self.done else sys.exception())
            if self.done and not self._at_end:
                self._timer.shorten_for_close()
                with suppress(ModelHubError):
                    await self._response.read()
        finally:
            await self._response.close()

    async def _next_deltas(self) -> list[Delta]:
        if self._failure:
            raise self._failure
        if self._had_events:  # The time that the caller took to process them does not count.
            self._timer.start_phase()
        data = await self._response.read()
        self._at_end = data is None
        events = self._unfinished_event() if data is None else self._parser.feed(data)
        deltas = self._assemble(events)
        if self._failure:
            return deltas
        if data is None or self._assembler.done:
            held_back, self.answer = self._assembler.finish()
            self.done = True
            return deltas + held_back
        self._had_events = bool(events)
        self._timer.check(len(data))
        return deltas

    def _assemble(self, events: list[Event]) -> list[Delta]:
        """Return the deltas of events; a failure is raised after those before it are returned."""
        deltas: list[Delta] = []
        for event in events:
            try:
                if event.event == "error" and not self._assembler.done:
                    raise error_from_event(event.data)
                deltas += self._assembler.feed(event.data)
            except ModelHubError as error:
                if not deltas:
                    raise
                self._failure = error
                break
        return deltas

    def _unfinished_event(self) -> list[Event]:
        """Return the event that lacks only its final blank line, if its data is complete."""
        last = self._parser.finish()
        if last is None:
            return []
        try:
            is_complete = last.data == DONE or isinstance(from_json(last.data), dict)
        except ValueError:
            is_complete = False
        return [last] if is_complete else []


class StreamState(Generic[ResponseT]):
    """The result that a public stream and its generator share without referring to each other.

    A reference cycle would keep the connection open until the next garbage collection.
    """

    answer: ResponseT | None = None

    def require_answer(self) -> ResponseT:
        """Return the complete response; raises RuntimeError before the end of the stream."""
        if self.answer is None:
            raise RuntimeError(
                "The stream is not finished; iterate to the end before reading `answer`."
            )
        return self.answer
