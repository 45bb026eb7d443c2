"""Checks of structured output: by schema, by function, tolerant parsing, partial objects."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, PrivateAttr, ValidationError

from .checks import Bench, check, failure_of
from .hub import chunk, respond, stream
from .tools import call, calls

PROMPT = PromptTemplate("Tell about {city}.")
BERLIN_JSON = '{"name": "Berlin", "people": 3}'


class City(BaseModel):
    """A city."""

    name: str
    people: int


BERLIN = City(name="Berlin", people=3)


def predict(bench: Bench, **options: Any) -> City:
    """Return the structured output."""
    return bench.llm(**options).structured_predict(City, PROMPT, city="Berlin")


def apredict(bench: Bench, **options: Any) -> City:
    """Return the structured output of an async call on a new event loop."""
    llm = bench.llm(**options)
    return asyncio.run(llm.astructured_predict(City, PROMPT, city="Berlin"))


def streamed(bench: Bench, **options: Any) -> list[Any]:
    """Return all objects of a stream."""
    return list(bench.llm(**options).stream_structured_predict(City, PROMPT, city="Berlin"))


def astreamed(bench: Bench, **options: Any) -> list[Any]:
    """Return all objects of an async stream."""

    async def read() -> list[Any]:
        llm = bench.llm(**options)
        stream = await llm.astream_structured_predict(City, PROMPT, city="Berlin")
        return [each async for each in stream]

    return asyncio.run(read())


def _check_schema_was_sent(bench: Bench) -> None:
    response_format = bench.hub.requests[-1]["response_format"]
    assert response_format["type"] == "json_schema"
    assert response_format["json_schema"]["strict"] is True


@check("structured output by `response_format`")
def sync(bench: Bench) -> None:
    bench.hub.script(respond(BERLIN_JSON))
    assert predict(bench) == BERLIN
    _check_schema_was_sent(bench)


@check("structured output by `response_format`")
def asynchronous(bench: Bench) -> None:
    bench.hub.script(respond(BERLIN_JSON))
    assert apredict(bench) == BERLIN
    _check_schema_was_sent(bench)


@check("structured output by `response_format`")
def in_streams(bench: Bench) -> None:
    for read in (streamed, astreamed):
        bench.hub.script(respond(BERLIN_JSON))
        assert read(bench)[-1] == BERLIN
        _check_schema_was_sent(bench)


@check("structured output by `response_format`")
def partial_strings_are_streamed(bench: Bench) -> None:
    bench.hub.script(stream({"content": '{"name": "Ber'}, {"content": 'lin", "people": 3}'}))
    assert "Ber" in [each.name for each in streamed(bench)]


FUNCTION = {"pydantic_program_mode": PydanticProgramMode.FUNCTION}


@check("structured output by function calling")
def the_call_is_forced(bench: Bench) -> None:
    for read in (predict, apredict):
        bench.hub.script(respond(tool_calls=[call(0, "aaaaaaaaa", BERLIN_JSON, "City")]))
        assert read(bench, **FUNCTION) == BERLIN
        assert bench.hub.requests[-1]["tool_choice"] != "auto"


@check("structured output by function calling")
def the_call_is_forced_in_streams(bench: Bench) -> None:
    for read in (streamed, astreamed):
        bench.hub.script(stream(calls(call(0, "aaaaaaaaa", BERLIN_JSON, "City"))))
        assert read(bench, **FUNCTION)[-1] == BERLIN
        assert bench.hub.requests[-1].get("tool_choice", "auto") != "auto"


@check("structured output by function calling")
def the_system_prompt_is_sent_async(bench: Bench) -> None:
    bench.hub.script(respond(tool_calls=[call(0, "aaaaaaaaa", BERLIN_JSON, "City")]))
    apredict(bench, **FUNCTION, system_prompt="Be exact.")
    assert bench.hub.requests[0]["messages"][0]["content"] == "Be exact."


def _check_parses(bench: Bench, text: str) -> None:
    bench.hub.script(respond(text))
    assert predict(bench) == BERLIN


@check("structured output with code fences, reasoning, null or a refusal")
def fences(bench: Bench) -> None:
    _check_parses(bench, f"```json\n{BERLIN_JSON}\n```")


@check("structured output with code fences, reasoning, null or a refusal")
def think_tags(bench: Bench) -> None:
    _check_parses(bench, f"<think>Let me see.</think>{BERLIN_JSON}")


@check("structured output with code fences, reasoning, null or a refusal")
def null_is_reported(bench: Bench) -> None:
    def reply(responder: Any) -> None:
        message = {"role": "assistant", "content": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        responder.json({**chunk({}), "object": "chat.completion", "choices": [choice]})

    bench.hub.script(reply)
    _check_error_contains(bench, "empty")


def _check_error_contains(bench: Bench, word: str) -> None:
    error = failure_of(lambda: predict(bench))
    assert not isinstance(error, ValidationError), "the error is a ValidationError"
    assert word in str(error), error


@check("structured output with code fences, reasoning, null or a refusal")
def refusals_are_reported(bench: Bench) -> None:
    bench.hub.script(respond("", refusal="I may not."))
    _check_error_contains(bench, "I may not.")


class Recorder(BaseEventHandler):
    """Records the names of events."""

    _names: list[str] = PrivateAttr(default_factory=list)

    @classmethod
    def class_name(cls) -> str:
        """Return the name of the handler."""
        return "Recorder"

    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        """Record the name of an event."""
        self._names.append(event.class_name())

    def names(self) -> list[str]:
        """Return the recorded names in order."""
        return self._names


@contextmanager
def recorded() -> Iterator[Recorder]:
    """Record all instrumentation events in the block."""
    recorder, dispatcher = Recorder(), get_dispatcher()
    dispatcher.add_event_handler(recorder)
    try:
        yield recorder
    finally:
        dispatcher.event_handlers.remove(recorder)


def _check_events(bench: Bench, read: Any) -> None:
    bench.hub.script(respond(BERLIN_JSON))
    with recorded() as events:
        read(bench)
    names = [name for name in events.names() if name.startswith("LLMStructuredPredict")]
    assert names[0] == "LLMStructuredPredictStartEvent"
    assert names[-1] == "LLMStructuredPredictEndEvent"


@check("structured output emits events")
def for_responses(bench: Bench) -> None:
    _check_events(bench, predict)
    _check_events(bench, apredict)


@check("structured output emits events")
def for_streams(bench: Bench) -> None:
    _check_events(bench, streamed)
    _check_events(bench, astreamed)
