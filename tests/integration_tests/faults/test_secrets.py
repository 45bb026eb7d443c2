"""API keys and secret headers do not appear in representations, logs or traces."""

import asyncio
import copy
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from faults import bodies, responses, statuses, streams
from faults.assertions import CANARY, assert_no_canary
from faults.callers.caller import MODEL, PROMPT, TEXTS, Caller
from faults.callers.parameters import all_callers, all_methods
from faults.recorders import EventRecorder, PayloadRecorder, RunRecorder
from faults.server import Connection, Fault, FaultServer
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumpd, dumps
from llama_index.core.callbacks import CallbackManager

from ionos_model_hub import AsyncClient, Client, ModelHubError
from ionos_model_hub.client_pair import Clients
from ionos_model_hub.settings import Settings
from langchain_ionos import (
    IONOSLLM,
    ChatIONOS,
    IONOSEmbeddings,
    IONOSImageEditTool,
    IONOSImageTool,
    IONOSRerank,
)
from llama_index_ionos import IONOS, IONOSEmbedding, IONOSImageToolSpec
from llama_index_ionos import IONOSRerank as LlamaIndexRerank

BASE_URL = "http://localhost:1/v1"

CLASSES = {
    f"{cls.__module__.partition('.')[0]}-{cls.__name__}": cls
    for cls in (
        *(Settings, Client, AsyncClient, Clients),
        *(ChatIONOS, IONOSLLM, IONOSEmbeddings, IONOSRerank, IONOSImageTool, IONOSImageEditTool),
        *(IONOS, IONOSEmbedding, LlamaIndexRerank, IONOSImageToolSpec),
    )
}


def _variables(thing: Any) -> dict[str, Any]:
    return getattr(thing, "__dict__", {})


def _is_model(thing: Any) -> bool:
    return hasattr(thing, "model_dump")


def _is_picklable(thing: Any) -> bool:
    return isinstance(thing, (Settings, Clients)) or _is_model(thing)


REPRESENTATIONS: dict[str, Callable[[Any], object]] = {
    "repr": repr,
    "str": str,
    "format": lambda thing: f"{thing!r:>1} {thing}",
    "vars": lambda thing: {name: repr(value) for name, value in _variables(thing).items()},
    "deepcopy": lambda thing: repr(vars(copy.deepcopy(thing))) if _is_model(thing) else "",
    "pickle": lambda thing: pickle.dumps(thing) if _is_picklable(thing) else "",
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
"""These contain the user's headers, because a copy needs them."""

each_class = pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES.keys())


def _as_text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("represent", REPRESENTATIONS.values(), ids=REPRESENTATIONS.keys())
@each_class
def test_representations_do_not_contain_key(
    cls: Callable[..., Any], represent: Callable[[Any], object]
) -> None:
    assert CANARY not in _as_text(represent(cls(api_key=CANARY, base_url=BASE_URL)))


@pytest.mark.parametrize("name", [name for name in REPRESENTATIONS if name not in COPIES])
@each_class
def test_representations_do_not_contain_headers(cls: Callable[..., Any], name: str) -> None:
    thing = cls(api_key="any", base_url=BASE_URL, default_headers={"x-secret": CANARY})
    assert CANARY not in _as_text(REPRESENTATIONS[name](thing))


def echo_key(connection: Connection) -> None:
    """Echo the key in the body, but not in a header, because httpcore logs response headers."""
    body = statuses.published(connection.request.headers["authorization"])
    responses.send_body(connection, body, status=401)


def fail_midway(connection: Connection) -> None:
    is_stream = connection.request.kind == "stream"
    (streams.error_after(3, named=False) if is_stream else bodies.error_in_body)(connection)


OUTCOMES: dict[str, Fault] = {
    "success": responses.good,
    "rejected": echo_key,
    "closed": Connection.finish,
    "garbage": bodies.html_page,
    "failed_midway": fail_midway,
}
each_outcome = pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES.keys())


@pytest.mark.pairwise
@all_callers
@all_methods
@each_outcome
def test_debug_logs_do_not_contain_key(
    server: FaultServer,
    caplog: pytest.LogCaptureFixture,
    caller: type[Caller],
    method: str,
    outcome: Fault,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script(outcome)
    call = getattr(caller(api_key=CANARY, base_url=server.base_url, max_retries=0), method)
    try:
        call()
    except ModelHubError as error:
        assert_no_canary(error)
    assert server.requests
    assert caplog.records
    for record in caplog.records:
        assert CANARY not in f"{record.getMessage()} {vars(record)!r}"


@pytest.mark.parametrize("method", ["invoke", "ainvoke", "stream", "astream"])
@each_outcome
def test_langchain_traces_and_cache_do_not_contain_key(
    server: FaultServer, method: str, outcome: Fault
) -> None:
    recorder, cache = RunRecorder(), InMemoryCache()
    server.script(outcome)
    llm = ChatIONOS(
        api_key=CANARY, base_url=server.base_url, model=MODEL, max_retries=0, cache=cache
    )

    async def acall() -> None:
        if method == "ainvoke":
            await llm.ainvoke(PROMPT, {"callbacks": [recorder]})
        else:
            async for _ in llm.astream(PROMPT, {"callbacks": [recorder]}):
                pass

    try:
        if method == "invoke":
            llm.invoke(PROMPT, {"callbacks": [recorder]})
        elif method == "stream":
            list(llm.stream(PROMPT, {"callbacks": [recorder]}))
        else:
            asyncio.run(acall())
    except ModelHubError as error:
        assert_no_canary(error)
    llm.close()
    assert recorder.recorded
    assert not [text for text in recorder.recorded if CANARY in text]
    assert CANARY not in repr(cache._cache)


@pytest.mark.parametrize("method", ["chat", "achat", "stream", "astream", "embed", "aembed"])
@each_outcome
def test_llama_index_events_and_payloads_do_not_contain_key(
    server: FaultServer, llama_index_events: EventRecorder, method: str, outcome: Fault
) -> None:
    payloads = PayloadRecorder()
    server.script(outcome)
    # The key is in no local variable, because tracebacks are searched with those.
    options = {
        "base_url": server.base_url,
        "max_retries": 0,
        "callback_manager": CallbackManager([payloads]),
    }
    llm = IONOS(api_key=CANARY, model=MODEL, **options)
    embedding = IONOSEmbedding(api_key=CANARY, **options)

    async def acall() -> None:
        if method == "achat":
            await llm.acomplete(PROMPT)
        elif method == "astream":
            async for _ in await llm.astream_complete(PROMPT):
                pass
        else:
            await embedding.aget_text_embedding_batch(TEXTS)

    try:
        if method == "chat":
            llm.complete(PROMPT)
        elif method == "stream":
            list(llm.stream_complete(PROMPT))
        elif method == "embed":
            embedding.get_text_embedding_batch(TEXTS)
        else:
            asyncio.run(acall())
    except ModelHubError as error:
        assert_no_canary(error)
    llm.clients.close()
    embedding.clients.close()
    assert llama_index_events.recorded
    assert payloads.recorded
    recorded = (*llama_index_events.recorded, *payloads.recorded)
    assert not [text for text in recorded if CANARY in text]
