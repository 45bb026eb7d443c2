"""Checks of operation: event loops, retries, copies, secrets, traces."""

from __future__ import annotations

import asyncio
import copy
import gc
import os
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
from llama_index.core.rate_limiter import BaseRateLimiter

from .checks import HELLO, Bench, achat, check, failure_of, items
from .hub import fail, respond, stream_until_closed
from .structured import recorded

KEY = "secret-4711"


@check("asyncio.run three times")
def calls_on_three_loops(bench: Bench) -> None:
    llm = bench.llm()
    assert [achat(llm).message.content for _ in range(3)] == ["Hallo"] * 3


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Disable the garbage collector, so that only reference counts close connections."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@check("leaving a stream closes its connection")
def stream_is_closed(bench: Bench) -> None:
    bench.hub.script(stream_until_closed(bench.hub))
    with no_garbage_collection():
        stream = bench.llm().stream_chat(HELLO)
        next(stream)
        stream.close()
        assert bench.hub.client_left.wait(1)


@check("leaving a stream closes its connection")
def loop_breaks(bench: Bench) -> None:
    bench.hub.script(stream_until_closed(bench.hub))
    llm = bench.llm()
    with no_garbage_collection():
        for _ in llm.stream_chat(HELLO):
            break
        assert bench.hub.client_left.wait(1)


@check("leaving a stream closes its connection")
def async_stream_is_closed(bench: Bench) -> None:
    bench.hub.script(stream_until_closed(bench.hub))
    llm = bench.llm()

    async def read() -> bool:
        stream = await llm.astream_chat(HELLO)
        await anext(stream)
        await stream.aclose()
        return await asyncio.to_thread(bench.hub.client_left.wait, 1)

    with no_garbage_collection():
        assert asyncio.run(read())


@check("leaving a stream closes its connection")
def event_loop_ends(bench: Bench) -> None:
    bench.hub.script(stream_until_closed(bench.hub))
    llm = bench.llm()
    streams: list[Any] = []
    loop_errors: list[Any] = []

    async def read() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: loop_errors.append(context)
        )
        streams.append(await llm.astream_chat(HELLO))
        await anext(streams[0])

    asyncio.run(read())
    assert bench.hub.client_left.wait(1)
    assert not loop_errors, loop_errors


@check("retries")
def at_most_max_retries(bench: Bench) -> None:
    bench.hub.script(*[fail(503)] * 6)
    failure_of(lambda: bench.llm(max_retries=2).chat(HELLO))
    assert len(bench.hub.requests) == 3, len(bench.hub.requests)


@check("retries")
def none_after_400(bench: Bench) -> None:
    bench.hub.script(*[fail(400)] * 4)
    failure_of(lambda: bench.llm(max_retries=2).chat(HELLO))
    assert len(bench.hub.requests) == 1


@check("Retry-After")
def call_does_not_sleep_for_five_minutes(bench: Bench) -> None:
    _rate_limit_error(bench)
    assert len(bench.hub.requests) == 1


@check("Retry-After")
def error_has_retry_after(bench: Bench) -> None:
    assert _rate_limit_error(bench).retry_after == 300


def _rate_limit_error(bench: Bench) -> Any:
    """Return the error after a 429 with `Retry-After: 300`."""
    bench.hub.script(*[fail(429, retry_after="300")] * 4)
    failures: list[Any] = []
    llm = bench.llm(max_retries=2)
    thread = threading.Thread(
        target=lambda: failures.append(failure_of(lambda: llm.chat(HELLO))), daemon=True
    )
    thread.start()
    thread.join(5)
    assert failures, "the call is still waiting"
    return failures[0]


@check("streams are retried before the first event")
def after_an_error(bench: Bench) -> None:
    bench.hub.script(fail(503), respond("Hallo"))
    assert items(bench.llm(max_retries=1))[-1].message.content == "Hallo"
    assert len(bench.hub.requests) == 2


@check("streams are retried before the first event")
def after_a_disconnect_before_the_first_event(bench: Bench) -> None:
    bench.hub.script(lambda responder: responder.events([], done=False), respond("Hallo"))
    assert items(bench.llm(max_retries=1))[-1].message.content == "Hallo"


@check("timeouts")
def numbers_and_none_are_accepted(bench: Bench) -> None:
    for timeout in (5, 2.5, None):
        assert bench.llm(timeout=timeout).chat(HELLO).message.content == "Hallo"


@check("timeouts")
def no_response_raises_a_timeout(bench: Bench) -> None:
    release = threading.Event()
    bench.hub.script(lambda _: release.wait(3) and None)
    error = failure_of(lambda: bench.llm(timeout=0.2).chat(HELLO))
    release.set()
    assert "Timeout" in type(error).__name__, type(error)


@check("own httpx client")
def custom_clients_are_used(bench: Bench) -> None:
    paths: list[str] = []

    def hook(request: httpx.Request) -> None:
        paths.append(request.url.path)

    async def ahook(request: httpx.Request) -> None:
        paths.append(request.url.path)

    async def chat() -> None:
        async with httpx.AsyncClient(event_hooks={"request": [ahook]}) as client:
            await bench.llm(async_http_client=client).achat(HELLO)

    with httpx.Client(event_hooks={"request": [hook]}) as client:
        bench.llm(http_client=client).chat(HELLO)
    asyncio.run(chat())
    assert len(paths) == 2


@check("pickle")
def a_used_model(bench: Bench) -> None:
    llm = bench.llm(temperature=0.5)
    llm.chat(HELLO)
    copied = pickle.loads(pickle.dumps(llm))
    assert copied.chat(HELLO).message.content == "Hallo"
    assert bench.hub.requests[1]["temperature"] == 0.5
    assert len({each["headers"].get("Authorization", "") for each in bench.hub.requests}) == 1


@check("deepcopy after use")
def a_deep_copy_works(bench: Bench) -> None:
    llm = bench.llm()
    llm.chat(HELLO)
    assert copy.deepcopy(llm).chat(HELLO).message.content == "Hallo"


@check("errors can be pickled")
def an_error_is_unchanged(bench: Bench) -> None:
    bench.hub.script(fail(401))
    error = failure_of(lambda: bench.llm().chat(HELLO))
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is type(error)
    assert copied.status_code == 401


@check("key is masked in repr and `to_dict()`")
def not_in_text_or_dicts(bench: Bench) -> None:
    llm = bench.llm(api_key=KEY)
    texts = [repr(llm), str(llm), str(llm.to_dict()), llm.to_json(), str(llm.to_payload())]
    assert not [text for text in texts if KEY in text]


@check("key is masked in repr and `to_dict()`")
def not_in_errors(bench: Bench) -> None:
    bench.hub.script(fail(401, {"error": {"message": f"Bad key {KEY}", "type": "e"}}))
    error = failure_of(lambda: bench.llm(api_key=KEY).chat(HELLO))
    assert KEY not in f"{error} {error!r} {vars(error)}"
    request = getattr(error, "request", None)
    assert request is None or KEY not in str(request.headers.get("authorization"))


@check("key is not sent to another host")
def the_openai_key_is_not_sent(bench: Bench) -> None:
    os.environ["OPENAI_API_KEY"] = KEY
    with suppress(Exception):  # an error is also correct
        bench.llm(api_key=None).chat(HELLO)
    del os.environ["OPENAI_API_KEY"]
    assert KEY not in str([each["headers"] for each in bench.hub.requests])


@check("context window of the model")
def an_unknown_model_is_accepted(bench: Bench) -> None:
    llm = bench.llm(model="example/unknown")
    assert llm.metadata.context_window > 0
    assert llm.chat(HELLO).message.content == "Hallo"


@check("context window of the model")
def a_model_of_the_hub_is_known(bench: Bench) -> None:
    assert bench.llm(model="openai/gpt-oss-120b").metadata.context_window == 131_072


@check("context window of the model")
def can_be_set(bench: Bench) -> None:
    llm = bench.llm(model="example/unknown", context_window=1234)
    assert llm.metadata.context_window == 1234


@check("unknown arguments are rejected")
def a_misspelt_argument(bench: Bench) -> None:
    assert "temprature" in str(failure_of(lambda: bench.llm(temprature=1)))


@check("events contain model and temperature")
def both_are_included(bench: Bench) -> None:
    payload = bench.llm(temperature=0.25).to_payload()
    assert payload["model"]
    assert payload["temperature"] == 0.25


class Counter(BaseRateLimiter):
    """Counts the calls of a rate limiter."""

    def __init__(self) -> None:
        self.count = 0

    def acquire(self, num_tokens: int = 0) -> None:
        """Count."""
        self.count += 1

    async def async_acquire(self, num_tokens: int = 0) -> None:
        """Count."""
        self.count += 1


@check("one event and one use of the rate limiter for each call")
def completions_and_streams(bench: Bench) -> None:
    counter = Counter()
    llm = bench.llm()
    llm.rate_limiter = counter
    with recorded() as events:
        llm.complete("Hallo")
        list(llm.stream_complete("Hallo"))
    ends = [
        name for name in events.names() if name.endswith(("ChatEndEvent", "CompletionEndEvent"))
    ]
    assert (len(ends), counter.count) == (2, 2)


@check("arguments of a call take precedence over `additional_kwargs`")
def the_call_takes_precedence(bench: Bench) -> None:
    llm = bench.llm(temperature=0.1, max_tokens=5, additional_kwargs={"temperature": 0.2})
    llm.chat(HELLO, temperature=0.3, max_tokens=6)
    request = bench.hub.requests[0]
    assert (request["temperature"], request["max_tokens"]) == (0.3, 6)
