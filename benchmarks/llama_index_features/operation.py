"""Checks of how a package behaves around its calls: loops, retries, copies, secrets, traces."""

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
from .hub import linger, refuse, talk
from .structured import recorded

KEY = "secret-4711"


@check("event-loop safety")
def three_loops_without_retries(bench: Bench) -> None:
    llm = bench.llm()
    assert [achat(llm).message.content for _ in range(3)] == ["Hallo"] * 3


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Let nothing but reference counts close connections."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@check("stream closed on break")
def closed(bench: Bench) -> None:
    bench.hub.script(linger(bench.hub))
    with no_garbage_collection():
        stream = bench.llm().stream_chat(HELLO)
        next(stream)
        stream.close()
        assert bench.hub.left.wait(1)


@check("stream closed on break")
def left(bench: Bench) -> None:
    bench.hub.script(linger(bench.hub))
    llm = bench.llm()
    with no_garbage_collection():
        for _ in llm.stream_chat(HELLO):
            break
        assert bench.hub.left.wait(1)


@check("stream closed on break")
def closed_async(bench: Bench) -> None:
    bench.hub.script(linger(bench.hub))
    llm = bench.llm()

    async def read() -> bool:
        stream = await llm.astream_chat(HELLO)
        await anext(stream)
        await stream.aclose()
        return await asyncio.to_thread(bench.hub.left.wait, 1)

    with no_garbage_collection():
        assert asyncio.run(read())


@check("stream closed on break")
def left_at_the_end_of_a_loop(bench: Bench) -> None:
    bench.hub.script(linger(bench.hub))
    llm = bench.llm()
    kept: list[Any] = []
    complaints: list[Any] = []

    async def read() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: complaints.append(context)
        )
        kept.append(await llm.astream_chat(HELLO))
        await anext(kept[0])

    asyncio.run(read())
    assert bench.hub.left.wait(1)
    assert not complaints, complaints


@check("retries")
def as_many_as_asked_for(bench: Bench) -> None:
    bench.hub.script(*[refuse(503)] * 6)
    failure_of(lambda: bench.llm(max_retries=2).chat(HELLO))
    assert len(bench.hub.requests) == 3, len(bench.hub.requests)


@check("retries")
def none_for_the_callers_mistakes(bench: Bench) -> None:
    bench.hub.script(*[refuse(400)] * 4)
    failure_of(lambda: bench.llm(max_retries=2).chat(HELLO))
    assert len(bench.hub.requests) == 1


@check("Retry-After")
def five_minutes_are_not_slept_through(bench: Bench) -> None:
    _told_to_wait(bench)
    assert len(bench.hub.requests) == 1


@check("Retry-After")
def the_error_tells_it(bench: Bench) -> None:
    assert _told_to_wait(bench).retry_after == 300


def _told_to_wait(bench: Bench) -> Any:
    bench.hub.script(*[refuse(429, retry_after="300")] * 4)
    failures: list[Any] = []
    llm = bench.llm(max_retries=2)
    asking = threading.Thread(
        target=lambda: failures.append(failure_of(lambda: llm.chat(HELLO))), daemon=True
    )
    asking.start()
    asking.join(5)
    assert failures, "still asleep"
    return failures[0]


@check("retry on stream start")
def after_a_failure(bench: Bench) -> None:
    bench.hub.script(refuse(503), talk("Hallo"))
    assert items(bench.llm(max_retries=1))[-1].message.content == "Hallo"
    assert len(bench.hub.requests) == 2


@check("retry on stream start")
def after_a_cut_before_the_first_event(bench: Bench) -> None:
    bench.hub.script(lambda exchange: exchange.events([], done=False), talk("Hallo"))
    assert items(bench.llm(max_retries=1))[-1].message.content == "Hallo"


@check("timeouts")
def seconds_or_none(bench: Bench) -> None:
    for timeout in (5, 2.5, None):
        assert bench.llm(timeout=timeout).chat(HELLO).message.content == "Hallo"


@check("timeouts")
def silence_ends_in_a_timeout(bench: Bench) -> None:
    release = threading.Event()
    bench.hub.script(lambda _: release.wait(3) and None)
    error = failure_of(lambda: bench.llm(timeout=0.2).chat(HELLO))
    release.set()
    assert "Timeout" in type(error).__name__, type(error)


@check("client reuse / custom http client")
def own_clients_are_used(bench: Bench) -> None:
    seen: list[str] = []

    def hook(request: httpx.Request) -> None:
        seen.append(request.url.path)

    async def ahook(request: httpx.Request) -> None:
        seen.append(request.url.path)

    async def ask() -> None:
        async with httpx.AsyncClient(event_hooks={"request": [ahook]}) as client:
            await bench.llm(async_http_client=client).achat(HELLO)

    with httpx.Client(event_hooks={"request": [hook]}) as client:
        bench.llm(http_client=client).chat(HELLO)
    asyncio.run(ask())
    assert len(seen) == 2


@check("pickling")
def a_used_model(bench: Bench) -> None:
    llm = bench.llm(temperature=0.5)
    llm.chat(HELLO)
    again = pickle.loads(pickle.dumps(llm))
    assert again.chat(HELLO).message.content == "Hallo"
    assert bench.hub.requests[1]["temperature"] == 0.5
    assert len({each["headers"].get("Authorization", "") for each in bench.hub.requests}) == 1


@check("deepcopy after use")
def a_deep_copy_answers(bench: Bench) -> None:
    llm = bench.llm()
    llm.chat(HELLO)
    assert copy.deepcopy(llm).chat(HELLO).message.content == "Hallo"


@check("exceptions picklable")
def an_error_travels(bench: Bench) -> None:
    bench.hub.script(refuse(401))
    error = failure_of(lambda: bench.llm().chat(HELLO))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert again.status_code == 401


@check("api_key masked in repr/to_dict")
def shown_nowhere(bench: Bench) -> None:
    llm = bench.llm(api_key=KEY)
    shown = [repr(llm), str(llm), str(llm.to_dict()), llm.to_json(), str(llm.to_payload())]
    assert not [text for text in shown if KEY in text]


@check("api_key masked in repr/to_dict")
def not_in_errors(bench: Bench) -> None:
    bench.hub.script(refuse(401, {"error": {"message": f"Bad key {KEY}", "type": "e"}}))
    error = failure_of(lambda: bench.llm(api_key=KEY).chat(HELLO))
    assert KEY not in f"{error} {error!r} {vars(error)}"
    request = getattr(error, "request", None)
    assert request is None or KEY not in str(request.headers.get("authorization"))


@check("api_key not sent to foreign host")
def openais_key_stays_at_home(bench: Bench) -> None:
    os.environ["OPENAI_API_KEY"] = KEY
    with suppress(Exception):  # a refusal is as good
        bench.llm(api_key=None).chat(HELLO)
    del os.environ["OPENAI_API_KEY"]
    assert KEY not in str([each["headers"] for each in bench.hub.requests])


@check("context_window lookup")
def an_unknown_model_is_taken(bench: Bench) -> None:
    llm = bench.llm(model="example/unknown")
    assert llm.metadata.context_window > 0
    assert llm.chat(HELLO).message.content == "Hallo"


@check("context_window lookup")
def a_model_of_the_hub_is_known(bench: Bench) -> None:
    assert bench.llm(model="openai/gpt-oss-120b").metadata.context_window == 131_072


@check("context_window lookup")
def can_be_set(bench: Bench) -> None:
    llm = bench.llm(model="example/unknown", context_window=1234)
    assert llm.metadata.context_window == 1234


@check("unknown kwargs rejected")
def a_misspelt_argument(bench: Bench) -> None:
    assert "temprature" in str(failure_of(lambda: bench.llm(temprature=1)))


@check("observability payload model+temperature")
def are_told(bench: Bench) -> None:
    payload = bench.llm(temperature=0.25).to_payload()
    assert payload["model"]
    assert payload["temperature"] == 0.25


class Counter(BaseRateLimiter):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.count = 0

    def acquire(self, num_tokens: int = 0) -> None:
        """Count."""
        self.count += 1

    async def async_acquire(self, num_tokens: int = 0) -> None:
        """Count."""
        self.count += 1


@check("events and limiter once per call")
def for_prompts(bench: Bench) -> None:
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


@check("call > additional_kwargs > instance")
def precedence(bench: Bench) -> None:
    llm = bench.llm(temperature=0.1, max_tokens=5, additional_kwargs={"temperature": 0.2})
    llm.chat(HELLO, temperature=0.3, max_tokens=6)
    asked = bench.hub.requests[0]
    assert (asked["temperature"], asked["max_tokens"]) == (0.3, 6)
