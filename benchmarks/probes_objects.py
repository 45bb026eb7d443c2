"""Models as objects: copies, event loops, keys, clients, what they know of themselves."""

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
from answers_of_a_hub import hallo
from langchain_core.caches import InMemoryCache
from langchain_core.language_models import BaseChatModel
from peers import KEY, Peer
from scripted_server import Answer, Json, ScriptedServer
from verdicts import require

CALLS = 6


def at_once_on_one_thread(calls: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Run calls side by side on a loop with one worker thread; the server waits for all."""

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        await asyncio.gather(*(calls() for _ in range(CALLS)))

    asyncio.run(run())


def together(answer: Callable[[Json], Answer]) -> Callable[[Json], Answer]:
    """Return an answer that is given when `CALLS` requests are under way, or never."""
    all_of_them = Barrier(CALLS)

    def wait(body: Json) -> Answer:
        try:
            all_of_them.wait(3)
        except BrokenBarrierError:
            return Answer({"error": {"message": "calls come one by one"}}, status=400)
        return answer(body)

    return wait


def async_native(peer: Peer) -> str | None:
    with ScriptedServer(together(hallo)) as server:
        model = peer.chat(server.url)
        at_once_on_one_thread(lambda: model.ainvoke("Hi"))
    return None


def three_event_loops(peer: Peer) -> str | None:
    with ScriptedServer(hallo) as server:
        model = peer.chat(server.url)
        for _ in range(3):
            require(asyncio.run(model.ainvoke("Hi")).text == "Hallo", "wrong text")
    return None


def threads_with_loops_of_their_own(peer: Peer) -> str | None:
    failures: list[Exception] = []

    def work(model: BaseChatModel) -> None:
        try:
            asyncio.run(_twice(model))
        except Exception as error:  # noqa: BLE001  # any error is an answer here
            failures.append(error)

    with ScriptedServer(hallo) as server:
        model = peer.chat(server.url)
        threads = [Thread(target=work, args=(model,), daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(1)
    if failures:
        raise failures[0]
    require(not any(thread.is_alive() for thread in threads), "some calls never end")
    return None


async def _twice(model: BaseChatModel) -> None:
    for _ in range(2):
        await model.ainvoke("Hi")


def _copied(copied: Any) -> Any:
    def probe(peer: Peer) -> str | None:
        with ScriptedServer(hallo) as server:
            model = peer.chat(server.url)
            model.invoke("Hi")
            require(copied(model).invoke("Hi").text == "Hallo", "wrong text")
        return None

    return probe


def key_is_masked(peer: Peer) -> str | None:
    model = peer.chat("http://127.0.0.1:1/v1")
    require(KEY not in f"{model!r} {model}", "repr tells the key")
    require(KEY not in model.model_dump_json(), "JSON tells the key")
    return None


def key_from_a_function(peer: Peer) -> str | None:
    with ScriptedServer(hallo) as server:
        peer.chat(server.url, api_key=lambda: "fresh-key").invoke("Hi")
        told = server.got[0].headers.get("Authorization")
    require(told == "Bearer fresh-key", "the function is not asked")
    return None


def own_http_client(peer: Peer) -> str | None:
    seen: list[str] = []
    hooks = {"request": [lambda request: seen.append(str(request.url))]}
    fields = type(peer.chat("http://127.0.0.1:1/v1")).model_fields
    with ScriptedServer(hallo) as server:
        if "http_client" in fields:
            with httpx.Client(event_hooks=hooks) as own:
                peer.chat(server.url, http_client=own).invoke("Hi")
            require(seen, "it is not used")
            return None
        require(fields["client"].annotation is httpx.Client, "no argument for it")
        with httpx.Client(event_hooks=hooks, base_url=server.url) as own:
            peer.chat(server.url, client=own).invoke("Hi")
        require(seen, "it is not used")
        return "only one that holds base URL and key"


def closes(peer: Peer) -> str | None:
    with ScriptedServer(hallo) as server:
        model: Any = peer.chat(server.url)
        model.invoke("Hi")
        missing = [name for name in ("close", "aclose") if not hasattr(model, name)]
        require(not missing, f"no {' and no '.join(missing)}")
        model.close()
        asyncio.run(model.aclose())
    return None


def unknown_arguments(peer: Peer) -> str | None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            peer.chat("http://127.0.0.1:1/v1", temprature=0.5)
        except Exception as error:  # noqa: BLE001  # any error is an answer here
            return None if "'temperature'" in str(error) else "refused, without a hint"
    require(told, "taken in silence")
    return "only a warning"


def cache_after_a_change(peer: Peer) -> str | None:
    with ScriptedServer(hallo) as server:
        model: Any = peer.chat(server.url, cache=InMemoryCache(), temperature=0.1)
        model.invoke("Hi")
        model.temperature = 0.9
        model.invoke("Hi")
        require(len(server.got) == 2, "the answer for another temperature came from the cache")
    return None


def tokens_offline(peer: Peer) -> str | None:
    model = peer.chat("http://127.0.0.1:1/v1", model=peer.known_model)
    require(3 <= model.get_num_tokens("How many tokens are these?") <= 12, "a wild number")
    return None


def profile(peer: Peer) -> str | None:
    told = peer.chat("http://127.0.0.1:1/v1", model=peer.known_model).profile
    require(told and told.get("max_input_tokens"), f"the profile is {told}")
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
    answer = hallo(body)
    answer.headers = {"x-trace-id": "trace-7"}
    return answer


PROBES = {
    "async calls need no threads": async_native,
    "asyncio.run three times, without retries": three_event_loops,
    "8 threads with event loops of their own": threads_with_loops_of_their_own,
    "pickle": _copied(lambda model: pickle.loads(pickle.dumps(model))),
    "cloudpickle": _copied(lambda model: pickle.loads(cloudpickle.dumps(model))),
    "deepcopy": _copied(copy.deepcopy),
    "key masked in repr and JSON": key_is_masked,
    "key from a function": key_from_a_function,
    "own httpx client": own_http_client,
    "close() and aclose()": closes,
    "unknown arguments refused, with a hint": unknown_arguments,
    "cache sees changed fields": cache_after_a_change,
    "tokens counted offline": tokens_offline,
    "model profiles": profile,
    "trace id of the response told": trace_id,
}
