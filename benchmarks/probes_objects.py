"""Models as objects: copies, event loops, keys, clients, metadata."""

from __future__ import annotations

import asyncio
import copy
import pickle
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import cloudpickle
import httpx
from hub_responses import say_hallo
from langchain_core.caches import InMemoryCache
from langchain_core.language_models import BaseChatModel
from peers import KEY, Peer
from scripted_server import Json, Response, ScriptedServer
from verdicts import Probe, require

CALLS = 6


def run_concurrently(calls: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Run calls concurrently on a loop with one worker thread; the server waits for all."""

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        await asyncio.gather(*(calls() for _ in range(CALLS)))

    asyncio.run(run())


def after_all_arrived(respond: Callable[[Json], Response]) -> Callable[[Json], Response]:
    """Return a function that responds once `CALLS` requests are in flight."""
    barrier = Barrier(CALLS)

    def wait(body: Json) -> Response:
        try:
            barrier.wait(3)
        except BrokenBarrierError:
            return Response({"error": {"message": "calls are sequential"}}, status=400)
        return respond(body)

    return wait


def async_native(peer: Peer) -> str | None:
    with ScriptedServer(after_all_arrived(say_hallo)) as server:
        model = peer.chat(server.url)
        run_concurrently(lambda: model.ainvoke("Hi"))
    return None


def three_event_loops(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        model = peer.chat(server.url)
        for _ in range(3):
            require(asyncio.run(model.ainvoke("Hi")).text == "Hallo", "wrong text")
    return None


def threads_with_event_loops(peer: Peer) -> str | None:
    failures: list[Exception] = []

    def work(model: BaseChatModel) -> None:
        try:
            asyncio.run(_twice(model))
        except Exception as error:  # noqa: BLE001  # any error is a result here
            failures.append(error)

    with ScriptedServer(say_hallo) as server:
        model = peer.chat(server.url)
        threads = [Thread(target=work, args=(model,), daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(1)
    if failures:
        raise failures[0]
    require(not any(thread.is_alive() for thread in threads), "some calls never finish")
    return None


async def _twice(model: BaseChatModel) -> None:
    for _ in range(2):
        await model.ainvoke("Hi")


def _copied(copied: Any) -> Probe:
    def probe(peer: Peer) -> str | None:
        with ScriptedServer(say_hallo) as server:
            model = peer.chat(server.url)
            model.invoke("Hi")
            require(copied(model).invoke("Hi").text == "Hallo", "wrong text")
        return None

    return probe


def key_is_masked(peer: Peer) -> str | None:
    model = peer.chat("http://127.0.0.1:1/v1")
    require(KEY not in f"{model!r} {model}", "repr contains the key")
    require(KEY not in model.model_dump_json(), "JSON contains the key")
    return None


def key_from_a_function(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        peer.chat(server.url, api_key=lambda: "fresh-key").invoke("Hi")
        result = server.received[0].headers.get("Authorization")
    require(result == "Bearer fresh-key", "the function is not called")
    return None


def own_http_client(peer: Peer) -> str | None:
    seen: list[str] = []
    hooks = {"request": [lambda request: seen.append(str(request.url))]}
    fields = type(peer.chat("http://127.0.0.1:1/v1")).model_fields
    with ScriptedServer(say_hallo) as server:
        if "http_client" in fields:
            with httpx.Client(event_hooks=hooks) as own:
                peer.chat(server.url, http_client=own).invoke("Hi")
            require(seen, "the client is not used")
            return None
        require(fields["client"].annotation is httpx.Client, "no such argument")
        with httpx.Client(event_hooks=hooks, base_url=server.url) as own:
            peer.chat(server.url, client=own).invoke("Hi")
        require(seen, "the client is not used")
        return "only with base URL and key in the client"


def closes(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        model: Any = peer.chat(server.url)
        model.invoke("Hi")
        missing = [name for name in ("close", "aclose") if not hasattr(model, name)]
        require(not missing, f"no {' and no '.join(missing)}")
        model.close()
        asyncio.run(model.aclose())
    return None


def unknown_arguments(peer: Peer) -> str | None:
    with warnings.catch_warnings(record=True) as result:
        warnings.simplefilter("always")
        try:
            peer.chat("http://127.0.0.1:1/v1", temprature=0.5)
        except Exception as error:  # noqa: BLE001  # any error is a result here
            return None if "'temperature'" in str(error) else "rejected without a hint"
    require(result, "accepted silently")
    return "only a warning"


def cache_after_a_change(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        model: Any = peer.chat(server.url, cache=InMemoryCache(), temperature=0.1)
        model.invoke("Hi")
        model.temperature = 0.9
        model.invoke("Hi")
        require(
            len(server.received) == 2, "the cache returned the response for another temperature"
        )
    return None


def tokens_offline(peer: Peer) -> str | None:
    model = peer.chat("http://127.0.0.1:1/v1", model=peer.known_model)
    require(3 <= model.get_num_tokens("How many tokens are these?") <= 12, "the count is far off")
    return None


def profile(peer: Peer) -> str | None:
    result = peer.chat("http://127.0.0.1:1/v1", model=peer.known_model).profile
    require(result and result.get("max_input_tokens"), f"the profile is {result}")
    return None


def trace_id(peer: Peer) -> str | None:
    with ScriptedServer(lambda body: _with_header(body)) as server:
        metadata = peer.chat(server.url).invoke("Hi").response_metadata
        if "trace-7" in str(metadata):
            return None
        known = "include_response_headers" in type(peer.chat(server.url)).model_fields
        require(known, "response headers are dropped")
        return "only with include_response_headers=True"


def _with_header(body: Any) -> Any:
    response = say_hallo(body)
    response.headers = {"x-trace-id": "trace-7"}
    return response


PROBES = {
    "async calls need no threads": async_native,
    "asyncio.run three times, without retries": three_event_loops,
    "8 threads with their own event loops": threads_with_event_loops,
    "pickle": _copied(lambda model: pickle.loads(pickle.dumps(model))),
    "cloudpickle": _copied(lambda model: pickle.loads(cloudpickle.dumps(model))),
    "deepcopy": _copied(copy.deepcopy),
    "key is masked in repr and JSON": key_is_masked,
    "key from a function": key_from_a_function,
    "own httpx client": own_http_client,
    "close() and aclose()": closes,
    "unknown arguments are rejected with a hint": unknown_arguments,
    "cache respects changed fields": cache_after_a_change,
    "tokens are counted offline": tokens_offline,
    "model profiles": profile,
    "trace id of the response is available": trace_id,
}
