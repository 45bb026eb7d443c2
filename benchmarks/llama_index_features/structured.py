"""Checks of structured output: by schema, by function, read tolerantly, actual while it grows."""

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
from .hub import chunk, stream, talk
from .tools import call, calls

PROMPT = PromptTemplate("Tell about {city}.")
BERLIN = '{"name": "Berlin", "people": 3}'


class City(BaseModel):
    """A city."""

    name: str
    people: int


FOUND = City(name="Berlin", people=3)


def predict(bench: Bench, **options: Any) -> City:
    """Return what the package reads."""
    return bench.llm(**options).structured_predict(City, PROMPT, city="Berlin")


def apredict(bench: Bench, **options: Any) -> City:
    """Return what the package reads, asked for on a new event loop."""
    llm = bench.llm(**options)
    return asyncio.run(llm.astructured_predict(City, PROMPT, city="Berlin"))


def streamed(bench: Bench, **options: Any) -> list[Any]:
    """Return all objects of a stream."""
    return list(bench.llm(**options).stream_structured_predict(City, PROMPT, city="Berlin"))


def astreamed(bench: Bench, **options: Any) -> list[Any]:
    """Return all objects of an asynchronous stream."""

    async def read() -> list[Any]:
        llm = bench.llm(**options)
        stream = await llm.astream_structured_predict(City, PROMPT, city="Berlin")
        return [each async for each in stream]

    return asyncio.run(read())


def _schema_was_asked_for(bench: Bench) -> None:
    actual = bench.hub.requests[-1]["response_format"]
    assert actual["type"] == "json_schema"
    assert actual["json_schema"]["strict"] is True


@check("structured via response_format")
def sync(bench: Bench) -> None:
    bench.hub.script(talk(BERLIN))
    assert predict(bench) == FOUND
    _schema_was_asked_for(bench)


@check("structured via response_format")
def asynchronous(bench: Bench) -> None:
    bench.hub.script(talk(BERLIN))
    assert apredict(bench) == FOUND
    _schema_was_asked_for(bench)


@check("structured via response_format")
def in_streams(bench: Bench) -> None:
    for read in (streamed, astreamed):
        bench.hub.script(talk(BERLIN))
        assert read(bench)[-1] == FOUND
        _schema_was_asked_for(bench)


@check("structured via response_format")
def partial_strings_are_told(bench: Bench) -> None:
    bench.hub.script(stream({"content": '{"name": "Ber'}, {"content": 'lin", "people": 3}'}))
    assert "Ber" in [each.name for each in streamed(bench)]


FUNCTION = {"pydantic_program_mode": PydanticProgramMode.FUNCTION}


@check("structured via functions")
def forced(bench: Bench) -> None:
    for read in (predict, apredict):
        bench.hub.script(talk(tool_calls=[call(0, "aaaaaaaaa", BERLIN, "City")]))
        assert read(bench, **FUNCTION) == FOUND
        assert bench.hub.requests[-1]["tool_choice"] != "auto"


@check("structured via functions")
def forced_in_streams(bench: Bench) -> None:
    for read in (streamed, astreamed):
        bench.hub.script(stream(calls(call(0, "aaaaaaaaa", BERLIN, "City"))))
        assert read(bench, **FUNCTION)[-1] == FOUND
        assert bench.hub.requests[-1].get("tool_choice", "auto") != "auto"


@check("structured via functions")
def system_prompt_is_sent_async(bench: Bench) -> None:
    bench.hub.script(talk(tool_calls=[call(0, "aaaaaaaaa", BERLIN, "City")]))
    apredict(bench, **FUNCTION, system_prompt="Be exact.")
    assert bench.hub.requests[0]["messages"][0]["content"] == "Be exact."


def _tolerates(bench: Bench, text: str) -> None:
    bench.hub.script(talk(text))
    assert predict(bench) == FOUND


@check("structured tolerant (fences/think/null/refusal)")
def fences(bench: Bench) -> None:
    _tolerates(bench, f"```json\n{BERLIN}\n```")


@check("structured tolerant (fences/think/null/refusal)")
def think_tags(bench: Bench) -> None:
    _tolerates(bench, f"<think>Let me see.</think>{BERLIN}")


@check("structured tolerant (fences/think/null/refusal)")
def null_is_told(bench: Bench) -> None:
    def reply(exchange: Any) -> None:
        message = {"role": "assistant", "content": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        exchange.json({**chunk({}), "object": "chat.completion", "choices": [choice]})

    bench.hub.script(reply)
    _tells_of(bench, "empty")


def _tells_of(bench: Bench, word: str) -> None:
    error = failure_of(lambda: predict(bench))
    assert not isinstance(error, ValidationError), "bare ValidationError"
    assert word in str(error), error


@check("structured tolerant (fences/think/null/refusal)")
def refusals_are_told(bench: Bench) -> None:
    bench.hub.script(talk("", refusal="I may not."))
    _tells_of(bench, "I may not.")


class Recorder(BaseEventHandler):
    """Keeps the names of events."""

    _names: list[str] = PrivateAttr(default_factory=list)

    @classmethod
    def class_name(cls) -> str:
        """Return the handler's name."""
        return "Recorder"

    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        """Keep an event's name."""
        self._names.append(event.class_name())

    def names(self) -> list[str]:
        """Return the names, in order."""
        return self._names


@contextmanager
def recorded() -> Iterator[Recorder]:
    """Record all events of the instrumentation."""
    recorder, dispatcher = Recorder(), get_dispatcher()
    dispatcher.add_event_handler(recorder)
    try:
        yield recorder
    finally:
        dispatcher.event_handlers.remove(recorder)


def _emits(bench: Bench, read: Any) -> None:
    bench.hub.script(talk(BERLIN))
    with recorded() as events:
        read(bench)
    names = [name for name in events.names() if name.startswith("LLMStructuredPredict")]
    assert names[0] == "LLMStructuredPredictStartEvent"
    assert names[-1] == "LLMStructuredPredictEndEvent"


@check("structured emits events")
def for_whole_answers(bench: Bench) -> None:
    _emits(bench, predict)
    _emits(bench, apredict)


@check("structured emits events")
def for_streams(bench: Bench) -> None:
    _emits(bench, streamed)
    _emits(bench, astreamed)
