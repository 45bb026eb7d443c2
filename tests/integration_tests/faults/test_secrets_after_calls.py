"""What has made a call, however it ended, shows no key: 14 places x 2 adapters x 4 ways x 5 ends.

The server echoes the key in all that it answers.
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
from faults.callers.caller import MODEL, PROMPT
from faults.tracing import Collector, Events, Payloads
from faults.verdicts import CANARY
from langchain_core.load import dumps
from llama_index.core.callbacks import CallbackManager

from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.errors import ModelHubError
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

HOLDS_THE_KEY = {"message": f"no: Bearer {CANARY}", "id": CANARY}
CHUNK = {"id": "c-1", "choices": [{"index": 0, "delta": {"content": "Ha"}, "finish_reason": None}]}

ENDS: dict[str, dict[bool, Reply | None]] = {
    "well": {False: None, True: None},
    "refused": dict.fromkeys((False, True), Reply(status=401, json={"error": HOLDS_THE_KEY})),
    "cut": {
        False: Reply(body=b'{"choices": [{"message": {"content": "Ha'),
        True: Reply(stream=[CHUNK], done=False),
    },
    "garbage": dict.fromkeys((False, True), Reply(body=f"<html>{CANARY}</html>".encode())),
    "failed_inside": {
        False: Reply(json={"error": HOLDS_THE_KEY}),
        True: Reply(stream=[CHUNK, {"error": HOLDS_THE_KEY}], done=False),
    },
}


@dataclass
class Scene:
    """A model after a call, and all that was to be seen of it."""

    model: Any
    outcome: Any
    traced: list[str]
    logged: list[str]
    hub: Emulator


def shown(things: object) -> str:
    return f"{things} {things!r} {vars(things) if hasattr(things, '__dict__') else ''}"


def trace(scene: Scene) -> str:
    if not isinstance(scene.outcome, BaseException):
        return "no error"
    told = TracebackException.from_exception(scene.outcome, capture_locals=True)
    return "".join(told.format())


SINKS: dict[str, Callable[[Scene], str]] = {
    "repr and str": lambda scene: f"{scene.model!r} {scene.model}",
    "vars": lambda scene: str({name: repr(value) for name, value in vars(scene.model).items()}),
    "model_dump": lambda scene: repr(scene.model.model_dump()),
    "model_dump_json": lambda scene: scene.model.model_dump_json(fallback=repr),
    "json": lambda scene: json.dumps(scene.model, default=repr),
    "dumps": lambda scene: dumps(scene.model),
    "to_dict": lambda scene: repr(
        scene.model.to_dict() if hasattr(scene.model, "to_dict") else scene.model.to_json()
    ),
    "pickle": lambda scene: pickle.dumps((scene.model, scene.outcome)).decode("latin-1"),
    "deepcopy": lambda scene: repr(vars(copy.deepcopy(scene.model))),
    "logs": lambda scene: "\n".join(scene.logged),
    "outcome": lambda scene: shown(scene.outcome),
    "traceback": trace,
    "tracing": lambda scene: "\n".join(scene.traced),
    "journal": lambda scene: repr(scene.hub.requests),
}


@pytest.fixture
def hub() -> Iterator[Emulator]:
    with Emulator() as hub:
        yield hub


async def drained(stream: Any) -> list[Any]:
    return [piece async for piece in stream]


def ask_langchain(llm: ChatIONOS, way: str, tracer: Collector) -> object:
    config: Any = {"callbacks": [tracer]}
    if way == "call":
        return llm.invoke(PROMPT, config)
    if way == "stream":
        return list(llm.stream(PROMPT, config))
    if way == "acall":
        return asyncio.run(llm.ainvoke(PROMPT, config))
    return asyncio.run(drained(llm.astream(PROMPT, config)))


def ask_llama_index(llm: IONOS, way: str) -> object:
    async def astream() -> list[Any]:
        return await drained(await llm.astream_complete(PROMPT))

    if way == "call":
        return llm.complete(PROMPT)
    if way == "stream":
        return list(llm.stream_complete(PROMPT))
    return asyncio.run(llm.acomplete(PROMPT) if way == "acall" else astream())


def outcome_of(call: Callable[[], object]) -> object:
    try:
        return call()
    except ModelHubError as error:
        return error


def after_langchain(hub: Emulator, way: str, caplog: pytest.LogCaptureFixture) -> Scene:
    tracer = Collector()
    llm = ChatIONOS(api_key=CANARY, base_url=hub.base_url, model=MODEL, max_retries=0)
    outcome = outcome_of(lambda: ask_langchain(llm, way, tracer))
    return Scene(llm, outcome, tracer.sent, logs(caplog), hub)


def after_llama_index(
    hub: Emulator, way: str, caplog: pytest.LogCaptureFixture, events: Events
) -> Scene:
    payloads = Payloads()
    llm = IONOS(
        api_key=CANARY,
        api_base=hub.base_url,
        model=MODEL,
        max_retries=0,
        callback_manager=CallbackManager([payloads]),
    )
    outcome = outcome_of(lambda: ask_llama_index(llm, way))
    return Scene(llm, outcome, events.told + payloads.told, logs(caplog), hub)


def logs(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [f"{each.getMessage()} {each.args!r} {each.exc_info!r}" for each in caplog.records]


@pytest.mark.parametrize("adapter", ["langchain", "llama_index"])
@pytest.mark.parametrize("way", ["call", "acall", "stream", "astream"])
@pytest.mark.parametrize("end", ENDS)
def test_no_place_shows_the_key(
    hub: Emulator,
    events: Events,
    caplog: pytest.LogCaptureFixture,
    adapter: str,
    way: str,
    end: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    if reply := ENDS[end]["stream" in way]:
        hub.script(reply)
    if adapter == "langchain":
        scene = after_langchain(hub, way, caplog)
    else:
        scene = after_llama_index(hub, way, caplog, events)
    assert isinstance(scene.outcome, ModelHubError) is (end != "well")
    seen = {name: sink(scene) for name, sink in SINKS.items()}
    assert [name for name, text in seen.items() if not text] == []
    assert [name for name, text in seen.items() if CANARY in text] == []
    scene.model.clients.close()
