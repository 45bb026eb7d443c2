"""Record the data that tracing of both frameworks would send to a service."""

from typing import Any

from langchain_core.tracers.base import BaseTracer
from langchain_core.tracers.schemas import Run
from llama_index.core.callbacks.base_handler import BaseCallbackHandler
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from pydantic import Field


class RunRecorder(BaseTracer):
    """Records the runs that would be sent to LangSmith."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: list[str] = []

    def _persist_run(self, run: Run) -> None:
        has_json = hasattr(run, "model_dump_json")
        self.recorded.append(run.model_dump_json() if has_json else repr(run))


class EventRecorder(BaseEventHandler):
    """Records the events of LlamaIndex's instrumentation."""

    recorded: list[str] = Field(default_factory=list)

    def handle(self, event: BaseEvent, **_: Any) -> None:
        self.recorded.append(f"{event!r} {event.model_dump()!r} {event.model_dump_json()}")


class PayloadRecorder(BaseCallbackHandler):
    """Records the payloads of LlamaIndex's callbacks."""

    def __init__(self) -> None:
        super().__init__([], [])
        self.recorded: list[str] = []

    def on_event_start(self, event_type: Any, payload: Any = None, *_: Any, **__: Any) -> str:
        self.recorded.append(repr(payload))
        return ""

    def on_event_end(self, event_type: Any, payload: Any = None, *_: Any, **__: Any) -> None:
        self.recorded.append(repr(payload))

    def start_trace(self, trace_id: str | None = None) -> None: ...

    def end_trace(self, trace_id: str | None = None, trace_map: Any = None) -> None: ...
