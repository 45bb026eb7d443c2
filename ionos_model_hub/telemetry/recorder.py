"""Record calls: collect the facts, and report each call once when it has ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from inspect import iscoroutine
from typing import Any, TypeVar

from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.settings import Settings
from ionos_model_hub.telemetry.interfaces import CallTrace, StartedCall
from ionos_model_hub.telemetry.record import CallRecord, Outcome
from ionos_model_hub.telemetry.response_facts import response_facts
from ionos_model_hub.transport.active_call import ActiveCall
from ionos_model_hub.transport.call_log import log_debug
from ionos_model_hub.transport.event_stream import EventStream
from ionos_model_hub.wire.assembly import ResponseT
from ionos_model_hub.wire.response_types import Delta

T = TypeVar("T")

logger = logging.getLogger("ionos_model_hub")


class CallReporter:
    """Reports the calls of one client to the log, its hook and its tracer.

    Errors of the hook, the price function and the tracer are logged and never raised.

    Args:
        settings: The settings of the client.
        now: The clock of the client, in seconds.
    """

    def __init__(self, settings: Settings, now: Callable[[], float]) -> None:
        self._settings = settings
        self.now = now

    def start(self, call: ActiveCall, *, streamed: bool) -> CallRecorder:
        """Return the recorder of a new call."""
        started = StartedCall(
            endpoint=call.request.path,
            base_url=self._settings.url,
            body=call.request.body or {},
            streamed=streamed,
            images=getattr(call.request, "images", 0),
        )
        return CallRecorder(self, call, started, self._start_trace(started))

    def report(
        self,
        record: CallRecord,
        trace: CallTrace | None,
        response: object,
        scrub: Callable[[str], str],
    ) -> None:
        """Report a finished call."""
        record = self._with_cost(record)
        if logger.isEnabledFor(logging.DEBUG):
            log_debug("%s", record, fields=record.to_dict())
        if trace is not None:
            try:
                trace.finish(record, response, scrub)
            except Exception:
                logger.exception("The telemetry of a call failed.")
        if self._settings.on_call is not None:
            try:
                result = self._settings.on_call(record)
            except Exception:
                logger.exception("on_call raised an exception.")
            else:
                _reject_coroutine(result)

    def _start_trace(self, started: StartedCall) -> CallTrace | None:
        if self._settings.telemetry is None:
            return None
        try:
            return self._settings.telemetry.start(started)
        except Exception:
            logger.exception("The telemetry of a call failed.")
            return None

    def _with_cost(self, record: CallRecord) -> CallRecord:
        if self._settings.prices is None:
            return record
        try:
            cost = self._settings.prices(record)
            return record if cost is None else replace(record, cost=float(cost))
        except Exception:
            logger.exception("prices raised an exception.")
            return record


class CallRecorder:
    """Measures one call and reports it once.

    Args:
        reporter: Where it is reported.
        call: The state of the call.
        started: The request.
        trace: The trace of the call, if it is traced. Its headers are sent with each request.
    """

    def __init__(
        self,
        reporter: CallReporter,
        call: ActiveCall,
        started: StartedCall,
        trace: CallTrace | None,
    ) -> None:
        self._reporter = reporter
        self._call = call
        self._started_call = started
        self._trace = trace
        self._started_at = time.time()
        self._start = reporter.now()
        self._first_token: float | None = None
        self._is_finished = False
        if trace is not None and trace.headers:
            headers = {**trace.headers, **call.options.headers}
            call.options = replace(call.options, headers=headers)

    @contextmanager
    def observe(self) -> Iterator[None]:
        """Report the call if the block fails. Spans that start in it are children of the call."""
        with self._active_trace():
            try:
                yield
            except BaseException as error:
                self.finish(error=error)
                raise

    def _active_trace(self) -> ExitStack:
        stack = ExitStack()
        if self._trace is not None:
            try:
                stack.enter_context(self._trace.activate())
            except Exception:
                logger.exception("The telemetry of a call failed.")
        return stack

    def mark_first_token(self) -> None:
        """Measure the time to the first token: now."""
        self._first_token = self._elapsed()

    def finish(self, response: object = None, error: BaseException | None = None) -> None:
        """Report the call; later calls of this method have no effect.

        Args:
            response: The response, as far as it arrived.
            error: Why the call ended early, or None.
        """
        if self._is_finished:
            return
        self._is_finished = True
        record = self._record(response, error)
        self._reporter.report(record, self._trace, response, self._call.scrub)

    def _record(self, response: object, error: BaseException | None) -> CallRecord:
        call, started, scrub = self._call, self._started_call, self._call.scrub
        facts, outcome = response_facts(response), _outcome(error)
        known = error if isinstance(error, ModelHubError) else None
        return CallRecord(
            endpoint=started.endpoint,
            base_url=started.base_url,
            model=call.model,
            streamed=started.streamed,
            started_at=self._started_at,
            duration=self._elapsed(),
            time_to_first_token=self._first_token,
            attempts=call.timer.attempts,
            rate_limit_wait=call.rate_limit_wait(self._reporter.now()),
            outcome=outcome,
            error_type=type(error).__name__ if outcome in ("error", "cancelled") else None,
            status=(known and known.status_code) or call.status,
            request_id=(known and known.request_id) or call.request_id,
            usage=facts.usage and replace(facts.usage),
            images=started.images,
            response_model=facts.response_model and scrub(facts.response_model),
            response_id=facts.response_id and scrub(facts.response_id),
            finish_reasons=tuple(map(scrub, facts.finish_reasons)),
        )

    def _elapsed(self) -> float:
        return self._reporter.now() - self._start


async def record_call(running: Coroutine[Any, Any, T], recorder: CallRecorder) -> T:
    """Return the result of a call, and report it."""
    with recorder.observe():
        value = await running
    recorder.finish(value)
    return value


async def record_stream(
    opening: Coroutine[Any, Any, tuple[EventStream[ResponseT], list[Delta]]],
    recorder: CallRecorder,
) -> tuple[EventStream[ResponseT], list[Delta]]:
    """Return a stream and its first deltas; the call is reported when the stream is closed."""
    with recorder.observe():
        stream, deltas = await opening
    if deltas:
        recorder.mark_first_token()
    stream.on_close = recorder.finish
    return stream, deltas


def _reject_coroutine(result: object) -> None:
    """Log an error if a hook has returned a coroutine, which would never run."""
    if iscoroutine(result):
        result.close()
        logger.error("on_call returned a coroutine. Pass a synchronous function.")


def _outcome(error: BaseException | None) -> Outcome:
    if error is None:
        return "success"
    if isinstance(error, GeneratorExit):
        return "abandoned"
    return "error" if isinstance(error, Exception) else "cancelled"
