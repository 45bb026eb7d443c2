"""A key is planted, and searched in all that people print, store, log or trace."""

import asyncio
import copy
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from faults import answers, bodies, statuses, streams
from faults.callers.caller import MODEL, PROMPT, TEXTS, Caller
from faults.callers.everyone import everyone, methods
from faults.server import Connection, Fault, FaultServer
from faults.tracing import Collector, Events, Payloads
from faults.verdicts import CANARY, no_canary_in
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumpd, dumps
from llama_index.core.callbacks import CallbackManager

from ionos_model_hub import AsyncClient, Client, ModelHubError
from ionos_model_hub.client_pair import Clients
from ionos_model_hub.settings import Settings
from langchain_ionos import IONOSLLM, ChatIONOS, IONOSEmbeddings, IONOSImageTool, IONOSRerank
from llama_index_ionos import IONOS, IONOSEmbedding, IONOSImageToolSpec
from llama_index_ionos import IONOSRerank as LlamaIndexRerank

HUB = {"api_key": CANARY, "base_url": "http://localhost:1/v1"}

CORE = [Settings, Client, AsyncClient, Clients]
MODELS = [ChatIONOS, IONOSLLM, IONOSEmbeddings, IONOSRerank, IONOSImageTool]
COMPONENTS = [IONOS, IONOSEmbedding, LlamaIndexRerank]

HOLDERS = {
    f"{kind.__module__.partition('.')[0]}-{kind.__name__}": kind
    for kind in (*CORE, *MODELS, *COMPONENTS, IONOSImageToolSpec)
}
SINKS: dict[str, Callable[[Any], object]] = {
    "repr": repr,
    "str": str,
    "format": lambda thing: f"{thing!r:>1} {thing}",
    "vars": lambda thing: {name: repr(value) for name, value in _variables(thing).items()},
    "deepcopy": lambda thing: repr(vars(copy.deepcopy(thing))) if _is_model(thing) else "",
    "pickle": lambda thing: pickle.dumps(thing) if _pickles(thing) else "",
    "model_dump": lambda thing: repr(thing.model_dump()) if _is_model(thing) else "",
    "model_dump_json": lambda thing: (
        thing.model_dump_json(fallback=repr) if _is_model(thing) else ""
    ),
    "to_dict": lambda thing: repr(thing.to_dict()) if hasattr(thing, "to_dict") else "",
    "to_json": lambda thing: (
        json.dumps(thing.to_json(), default=repr) if hasattr(thing, "to_json") else ""
    ),
    "dumps": lambda thing: dumps(thing),
    "dumpd": lambda thing: repr(dumpd(thing)),
    "json": lambda thing: json.dumps(thing, default=repr),
}


COPIES = ("vars", "deepcopy", "pickle")
"""These hold the headers that a user has set, as copies need them."""


def _variables(thing: Any) -> dict[str, Any]:
    return getattr(thing, "__dict__", {})


def _is_model(thing: Any) -> bool:
    return hasattr(thing, "model_dump")


def _pickles(thing: Any) -> bool:
    return isinstance(thing, (Settings, Clients)) or _is_model(thing)


@pytest.mark.parametrize("sink", SINKS.values(), ids=SINKS.keys())
@pytest.mark.parametrize("kind", HOLDERS.values(), ids=HOLDERS.keys())
def test_what_is_shown_of_a_key(kind: Callable[..., Any], sink: Callable[[Any], object]) -> None:
    assert CANARY not in _text(sink(kind(**HUB)))


@pytest.mark.parametrize("sink", [name for name in SINKS if name not in COPIES])
@pytest.mark.parametrize("kind", HOLDERS.values(), ids=HOLDERS.keys())
def test_what_is_shown_of_headers(kind: Callable[..., Any], sink: str) -> None:
    made = kind(api_key="any", base_url=HUB["base_url"], default_headers={"x-secret": CANARY})
    assert CANARY not in _text(SINKS[sink](made))


def _text(shown: object) -> str:
    return shown.decode("latin-1") if isinstance(shown, bytes) else str(shown)


def echo_the_key(connection: Connection) -> None:
    """Repeat the key in the body, not in a header: httpcore logs those of the answer."""
    told = statuses.published(connection.request.headers["authorization"])
    answers.respond(connection, told, status=401)


ENDINGS: dict[str, Callable[[str], Fault | None]] = {
    "well": lambda method: None,
    "refused": lambda method: echo_the_key,
    "closed": lambda method: Connection.finish,
    "garbage": lambda method: bodies.page,
    "midway": lambda method: (
        streams.error_after(3, named=False) if method == "stream" else bodies.error_inside
    ),
}
endings = pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS.keys())


@everyone
@methods
@endings
def test_debug_logs(
    server: FaultServer,
    caplog: pytest.LogCaptureFixture,
    caller: type[Caller],
    method: str,
    ending: Callable[[str], Fault | None],
) -> None:
    caplog.set_level(logging.DEBUG)
    if fault := ending(method):
        server.script(fault)
    call = getattr(caller(api_key=CANARY, base_url=server.base_url, max_retries=0), method)
    try:
        call()
    except ModelHubError as error:
        no_canary_in(error)
    assert server.requests
    assert caplog.records
    for record in caplog.records:
        assert CANARY not in f"{record.getMessage()} {record.args!r} {record.exc_info!r}"


@pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream", "astream"])
@endings
def test_langchain_traces_and_cache(
    server: FaultServer, how: str, ending: Callable[[str], Fault | None]
) -> None:
    collector, cache = Collector(), InMemoryCache()
    if fault := ending("stream" if "stream" in how else "chat"):
        server.script(fault)
    llm = ChatIONOS(
        api_key=CANARY, base_url=server.base_url, model=MODEL, max_retries=0, cache=cache
    )

    async def ask() -> None:
        if how == "ainvoke":
            await llm.ainvoke(PROMPT, {"callbacks": [collector]})
        else:
            async for _ in llm.astream(PROMPT, {"callbacks": [collector]}):
                pass

    try:
        if how == "invoke":
            llm.invoke(PROMPT, {"callbacks": [collector]})
        elif how == "stream":
            list(llm.stream(PROMPT, {"callbacks": [collector]}))
        else:
            asyncio.run(ask())
    except ModelHubError as error:
        no_canary_in(error)
    llm.close()
    assert collector.sent
    assert not [told for told in collector.sent if CANARY in told]
    assert CANARY not in repr(cache._cache)


@pytest.mark.parametrize("how", ["chat", "achat", "stream", "astream", "embed", "aembed"])
@endings
def test_llama_index_events_and_payloads(
    server: FaultServer, events: Events, how: str, ending: Callable[[str], Fault | None]
) -> None:
    payloads = Payloads()
    if fault := ending("stream" if "stream" in how else "chat"):
        server.script(fault)
    traced = {"max_retries": 0, "callback_manager": CallbackManager([payloads])}
    llm = IONOS(api_key=CANARY, api_base=server.base_url, model=MODEL, **traced)
    model = IONOSEmbedding(api_key=CANARY, api_base=server.base_url, **traced)

    async def ask() -> None:
        if how == "achat":
            await llm.acomplete(PROMPT)
        elif how == "astream":
            async for _ in await llm.astream_complete(PROMPT):
                pass
        else:
            await model.aget_text_embedding_batch(TEXTS)

    try:
        if how == "chat":
            llm.complete(PROMPT)
        elif how == "stream":
            list(llm.stream_complete(PROMPT))
        elif how == "embed":
            model.get_text_embedding_batch(TEXTS)
        else:
            asyncio.run(ask())
    except ModelHubError as error:
        no_canary_in(error)
    llm.clients.close()
    model.clients.close()
    assert events.told
    assert payloads.told
    assert not [told for told in (*events.told, *payloads.told) if CANARY in told]
