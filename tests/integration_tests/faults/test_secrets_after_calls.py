"""A model does not reveal the key after a call: 16 places x 2 adapters x 4 methods x 5 outcomes.

The server echoes the key in all its responses.
"""

import asyncio
import copy
import json
import logging
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from traceback import TracebackException
from typing import Any

import pytest
from faults.assertions import CANARY
from faults.callers.caller import MODEL, PROMPT
from faults.recorders import EventRecorder, PayloadRecorder, RunRecorder
from langchain_core.load import dumps
from llama_index.core.callbacks import CallbackManager
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.telemetry import CallRecord, OpenTelemetry
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

ERROR_WITH_KEY = {"message": f"no: Bearer {CANARY}", "id": CANARY}
CHUNK = {"id": "c-1", "choices": [{"index": 0, "delta": {"content": "Ha"}, "finish_reason": None}]}

OUTCOMES: dict[str, dict[bool, Reply | None]] = {
    "success": {False: None, True: None},
    "rejected": dict.fromkeys((False, True), Reply(status=401, json={"error": ERROR_WITH_KEY})),
    "cut": {
        False: Reply(body=b'{"choices": [{"message": {"content": "Ha'),
        True: Reply(stream=[CHUNK], done=False),
    },
    "garbage": dict.fromkeys((False, True), Reply(body=f"<html>{CANARY}</html>".encode())),
    "error_in_body": {
        False: Reply(json={"error": ERROR_WITH_KEY}),
        True: Reply(stream=[CHUNK, {"error": ERROR_WITH_KEY}], done=False),
    },
}


class Observed:
    """Records and spans of calls. The spans have all content."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.telemetry = OpenTelemetry(tracer_provider=provider, capture_content=True)

    @property
    def options(self) -> dict[str, Any]:
        return {"on_call": self.records.append, "telemetry": self.telemetry}

    @property
    def record_texts(self) -> str:
        return "".join(f"{record!r} {record} {record.to_dict()}" for record in self.records)

    @property
    def spans(self) -> str:
        return "".join(span.to_json() for span in self._exporter.get_finished_spans())


@dataclass
class AfterCall:
    """A model after a call, and everything observable about the call."""

    model: Any
    result: Any
    traces: list[str]
    logs: list[str]
    hub: Emulator
    observed: Observed


def describe(thing: object) -> str:
    return f"{thing} {thing!r} {vars(thing) if hasattr(thing, '__dict__') else ''}"


def traceback_of(after: AfterCall) -> str:
    if not isinstance(after.result, BaseException):
        return "no error"
    trace = TracebackException.from_exception(after.result, capture_locals=True)
    return "".join(trace.format())


PLACES: dict[str, Callable[[AfterCall], str]] = {
    "repr and str": lambda after: f"{after.model!r} {after.model}",
    "vars": lambda after: str({name: repr(value) for name, value in vars(after.model).items()}),
    "model_dump": lambda after: repr(after.model.model_dump()),
    "model_dump_json": lambda after: after.model.model_dump_json(fallback=repr),
    "json": lambda after: json.dumps(after.model, default=repr),
    "dumps": lambda after: dumps(after.model),
    "to_dict": lambda after: repr(
        after.model.to_dict() if hasattr(after.model, "to_dict") else after.model.to_json()
    ),
    "pickle": lambda after: pickle.dumps((after.model, after.result)).decode("latin-1"),
    "deepcopy": lambda after: repr(vars(copy.deepcopy(after.model))),
    "logs": lambda after: "\n".join(after.logs),
    "result": lambda after: describe(after.result),
    "traceback": traceback_of,
    "traces": lambda after: "\n".join(after.traces),
    "emulator_requests": lambda after: repr(after.hub.requests),
    "records": lambda after: after.observed.record_texts,
    "spans": lambda after: after.observed.spans,
}


@pytest.fixture
def hub() -> Iterator[Emulator]:
    with Emulator() as hub:
        yield hub


async def read_all(stream: Any) -> list[Any]:
    return [part async for part in stream]


def call_langchain(llm: ChatIONOS, method: str, tracer: RunRecorder) -> object:
    config: Any = {"callbacks": [tracer]}
    if method == "call":
        return llm.invoke(PROMPT, config)
    if method == "stream":
        return list(llm.stream(PROMPT, config))
    if method == "acall":
        return asyncio.run(llm.ainvoke(PROMPT, config))
    return asyncio.run(read_all(llm.astream(PROMPT, config)))


def call_llama_index(llm: IONOS, method: str) -> object:
    async def astream() -> list[Any]:
        return await read_all(await llm.astream_complete(PROMPT))

    if method == "call":
        return llm.complete(PROMPT)
    if method == "stream":
        return list(llm.stream_complete(PROMPT))
    return asyncio.run(llm.acomplete(PROMPT) if method == "acall" else astream())


def result_or_error(call: Callable[[], object]) -> object:
    try:
        return call()
    except ModelHubError as error:
        return error


def after_langchain(hub: Emulator, method: str, caplog: pytest.LogCaptureFixture) -> AfterCall:
    tracer, observed = RunRecorder(), Observed()
    llm = ChatIONOS(
        api_key=CANARY, base_url=hub.base_url, model=MODEL, max_retries=0, **observed.options
    )
    result = result_or_error(lambda: call_langchain(llm, method, tracer))
    return AfterCall(llm, result, tracer.recorded, logs(caplog), hub, observed)


def after_llama_index(
    hub: Emulator, method: str, caplog: pytest.LogCaptureFixture, events: EventRecorder
) -> AfterCall:
    payloads, observed = PayloadRecorder(), Observed()
    llm = IONOS(
        api_key=CANARY,
        api_base=hub.base_url,
        model=MODEL,
        max_retries=0,
        callback_manager=CallbackManager([payloads]),
        **observed.options,
    )
    result = result_or_error(lambda: call_llama_index(llm, method))
    traces = events.recorded + payloads.recorded
    return AfterCall(llm, result, traces, logs(caplog), hub, observed)


def logs(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [f"{record.getMessage()} {vars(record)!r}" for record in caplog.records]


@pytest.mark.parametrize("adapter", ["langchain", "llama_index"])
@pytest.mark.parametrize("method", ["call", "acall", "stream", "astream"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_place_contains_the_key(
    hub: Emulator,
    llama_index_events: EventRecorder,
    caplog: pytest.LogCaptureFixture,
    adapter: str,
    method: str,
    outcome: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    if reply := OUTCOMES[outcome]["stream" in method]:
        hub.script(reply)
    if adapter == "langchain":
        after = after_langchain(hub, method, caplog)
    else:
        after = after_llama_index(hub, method, caplog, llama_index_events)
    assert isinstance(after.result, ModelHubError) is (outcome != "success")
    texts = {name: text_of(after) for name, text_of in PLACES.items()}
    assert [name for name, text in texts.items() if not text] == []
    assert [name for name, text in texts.items() if CANARY in text] == []
    after.model.clients.close()
