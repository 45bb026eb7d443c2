"""Both shells over loopback: every case runs through `Client` and through `AsyncClient`."""

import asyncio
import copy
import gc
import os
import pickle
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import httpx
import pytest

from ionos_model_hub import (
    AsyncClient,
    AuthenticationError,
    BadRequestError,
    Client,
    ConnectionFailedError,
    Delta,
    IncompleteStreamError,
    NotFoundError,
    RateLimitError,
    ResponseError,
    ServerError,
)
from ionos_model_hub.client_pair import Clients
from ionos_model_hub.emulator import Emulator, Reply

USER = [{"role": "user", "content": "What is the weather in Berlin?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tell the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
LLAMA = "meta-llama/Llama-3.3-70B-Instruct"


class Caller(Protocol):
    """Calls a method of either client and returns its result."""

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any: ...
    def stream(self, method: str, *args: Any, **kwargs: Any) -> tuple[list[Delta], Any]: ...


class SyncCaller:
    def __init__(self, **options: Any) -> None:
        self.options = options

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        with Client(**self.options) as client:
            return getattr(client, method)(*args, **kwargs)

    def stream(self, method: str, *args: Any, **kwargs: Any) -> tuple[list[Delta], Any]:
        with Client(**self.options) as client, getattr(client, method)(*args, **kwargs) as stream:
            return list(stream), stream.answer


class AsyncCaller:
    def __init__(self, **options: Any) -> None:
        self.options = options

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        async def call() -> Any:
            async with AsyncClient(**self.options) as client:
                return await getattr(client, method)(*args, **kwargs)

        return asyncio.run(call())

    def stream(self, method: str, *args: Any, **kwargs: Any) -> tuple[list[Delta], Any]:
        async def call() -> tuple[list[Delta], Any]:
            async with (
                AsyncClient(**self.options) as client,
                getattr(client, method)(*args, **kwargs) as stream,
            ):
                return [delta async for delta in stream], stream.answer

        return asyncio.run(call())


@pytest.fixture(params=[SyncCaller, AsyncCaller], ids=["sync", "async"])
def caller(request: pytest.FixtureRequest, ionos_emulator: Emulator) -> Caller:
    made: Caller = request.param(api_key="any", base_url=ionos_emulator.base_url)
    return made


def chunk(**delta: object) -> dict[str, object]:
    """Make one event of a chat stream."""
    reason = delta.pop("finish_reason", None)
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "c1", "object": "chat.completion.chunk", "model": LLAMA, "choices": [choice]}


class TestEndpoints:
    def test_models_are_listed_without_migration_aliases(self, caller: Caller) -> None:
        ids = [model.id for model in caller.call("models")]
        assert LLAMA in ids
        assert not [each for each in ids if each.endswith("-migration")]

    def test_chat(self, caller: Caller) -> None:
        answer = caller.call("chat", USER, model=LLAMA)
        assert answer.text
        assert answer.finish_reason == "stop"
        assert answer.usage.total_tokens > answer.usage.prompt_tokens > 0
        assert len(answer.headers["x-trace-id"]) == 32

    def test_stream_is_the_whole_in_pieces(self, caller: Caller) -> None:
        whole = caller.call("chat", USER, model=LLAMA)
        deltas, answer = caller.stream("stream_chat", USER, model=LLAMA)
        assert len(deltas) > 2
        assert "".join(delta.text for delta in deltas) == answer.text == whole.text
        assert answer.usage == whole.usage
        assert answer.headers["x-trace-id"]

    def test_reasoning_comes_apart_from_the_text(self, caller: Caller) -> None:
        deltas, answer = caller.stream("stream_chat", USER, model="openai/gpt-oss-120b")
        assert answer.message.reasoning == "".join(delta.reasoning for delta in deltas) != ""
        assert answer.message.reasoning not in answer.text

    def test_tool_call(self, caller: Caller) -> None:
        answer = caller.call("chat", USER, model=LLAMA, tools=[WEATHER])
        deltas, streamed = caller.stream("stream_chat", USER, model=LLAMA, tools=[WEATHER])
        assert [call.name for call in answer.message.tool_calls] == ["get_weather"]
        assert "Berlin" in answer.message.tool_calls[0].arguments
        assert streamed.message.tool_calls[0].arguments == answer.message.tool_calls[0].arguments
        assert next(d.tool_calls[0].name for d in deltas if d.tool_calls) == "get_weather"

    def test_illegal_tool_name_goes_out_legal_and_comes_back(
        self, caller: Caller, ionos_emulator: Emulator
    ) -> None:
        tool = {"type": "function", "function": {**WEATHER["function"], "name": "wetter für?"}}
        answer = caller.call("chat", USER, model=LLAMA, tools=[tool], tool_choice="required")
        assert answer.message.tool_calls[0].name == "wetter für?"
        sent = ionos_emulator.requests[-1].json["tools"][0]["function"]["name"]
        assert sent == "wetter_f_r_"

    def test_completion_and_its_stream(self, caller: Caller) -> None:
        whole = caller.call("complete", "Once upon a time", model=LLAMA, max_tokens=8)
        deltas, answer = caller.stream(
            "stream_complete", "Once upon a time", model=LLAMA, max_tokens=8
        )
        assert whole.text == answer.text == "".join(delta.text for delta in deltas) != ""
        assert whole.finish_reason == answer.finish_reason

    def test_embeddings_keep_order_over_many_batches(self, caller: Caller) -> None:
        texts = [f"text number {place}" for place in range(150)] + [""]
        seen: list[int] = []
        together = caller.call("embed", texts, batch_size=20, progress=seen.append)
        alone = caller.call("embed", [texts[77]])
        assert len(together.vectors) == 151
        assert together.vectors[77] == alone.vectors[0]
        assert sum(seen) == 151
        assert len(seen) == 8
        assert together.usage.total_tokens > 0

    def test_no_texts_send_no_request(self, caller: Caller, ionos_emulator: Emulator) -> None:
        assert caller.call("embed", []).vectors == []
        assert ionos_emulator.requests == []

    def test_one_failing_batch_fails_the_call(
        self, caller: Caller, ionos_emulator: Emulator
    ) -> None:
        ionos_emulator.script(Reply(status=400, json={"error": {"message": "no", "type": "x"}}))
        with pytest.raises(BadRequestError, match="no"):
            caller.call("embed", ["a"] * 30, batch_size=10)

    def test_rerank_puts_the_best_first(self, caller: Caller) -> None:
        ranked = caller.call("rerank", "purring cats", ["dogs bark", "cats purr"], top_n=1)
        assert [document.index for document in ranked] == [1]

    def test_images_come_as_bytes(self, caller: Caller) -> None:
        images = caller.call("generate_images", "a lighthouse", size="512*512", n=2)
        assert [image.data[:4] for image in images] == [b"\x89PNG"] * 2


class TestErrors:
    def test_unknown_model(self, caller: Caller) -> None:
        with pytest.raises(NotFoundError, match="ionos-model-hub models") as caught:
            caller.call("chat", USER, model="nobody/knows")
        assert caught.value.request_id
        assert caught.value.attempts == 1

    def test_wrong_key_is_told_and_not_shown(self) -> None:
        with Emulator(api_key="the-right-one") as hub:
            for kind in (SyncCaller, AsyncCaller):
                with pytest.raises(AuthenticationError, match="paas-auth-1") as caught:
                    kind(api_key="the-wrong-one", base_url=hub.base_url).call("chat", USER)
                assert "the-wrong-one" not in str(caught.value)
                assert caught.value.__context__ is None

    def test_nobody_listens(self, caller: Caller) -> None:
        kind = type(caller)
        with pytest.raises(ConnectionFailedError) as caught:
            kind(api_key="any", base_url="http://127.0.0.1:9/v1", max_retries=1).call("models")
        assert caught.value.attempts == 2
        assert caught.value.__context__ is None

    def test_passing_failures_are_retried(self, caller: Caller, ionos_emulator: Emulator) -> None:
        ionos_emulator.script(Reply(status=503, json={}), Reply(status=500, json={}))
        assert caller.call("chat", USER, model=LLAMA).text
        assert len(ionos_emulator.requests) == 3

    def test_max_retries_is_exact(self, caller: Caller, ionos_emulator: Emulator) -> None:
        ionos_emulator.script(*[Reply(status=503, json={})] * 5)
        with pytest.raises(ServerError) as caught:
            caller.call("chat", USER, model=LLAMA)
        assert len(ionos_emulator.requests) == caught.value.attempts == 3

    def test_long_retry_after_ends_the_call(self, caller: Caller, ionos_emulator: Emulator) -> None:
        ionos_emulator.script(Reply(status=429, headers={"retry-after": "3600"}, json={}))
        with pytest.raises(RateLimitError) as caught:
            caller.call("chat", USER, model=LLAMA)
        assert caught.value.retry_after == 3600
        assert len(ionos_emulator.requests) == 1

    def test_base64_trap_is_explained(self, caller: Caller, ionos_emulator: Emulator) -> None:
        with pytest.raises(ServerError, match="base64") as caught:
            caller.call("embed", ["a"], extra_body={"encoding_format": "base64"})
        assert caught.value.attempts == 1

    def test_a_web_page_instead_of_the_hub(self, caller: Caller, ionos_emulator: Emulator) -> None:
        ionos_emulator.script(
            Reply(status=200, headers={"content-type": "text/html"}, body=b"<html>Login</html>")
        )
        with pytest.raises(ResponseError, match="not JSON"):
            caller.call("chat", USER, model=LLAMA)


class TestStreams:
    def test_error_event_carries_what_had_arrived(
        self, caller: Caller, ionos_emulator: Emulator
    ) -> None:
        failure = {"error": {"message": "backend fell over", "type": "server_error"}}
        ionos_emulator.script(Reply(stream=[chunk(content="Half"), chunk(content=" of"), failure]))
        with pytest.raises(ServerError, match="fell over") as caught:
            caller.stream("stream_chat", USER, model=LLAMA)
        assert caught.value.partial.text == "Half of"
        assert len(ionos_emulator.requests) == 1

    def test_early_end_is_no_success(self, caller: Caller, ionos_emulator: Emulator) -> None:
        ionos_emulator.script(Reply(stream=[chunk(content="Half")], done=False))
        with pytest.raises(IncompleteStreamError) as caught:
            caller.stream("stream_chat", USER, model=LLAMA)
        assert caught.value.partial.text == "Half"

    def test_stream_cut_before_its_first_delta_is_retried(
        self, caller: Caller, ionos_emulator: Emulator
    ) -> None:
        ionos_emulator.script(Reply(stream=[chunk(role="assistant")], done=False))
        _, answer = caller.stream("stream_chat", USER, model=LLAMA)
        assert answer.text
        assert len(ionos_emulator.requests) == 2

    def test_refused_stream_options_are_left_out_and_remembered(
        self, ionos_emulator: Emulator
    ) -> None:
        refusal = {"error": {"message": "unknown field stream_options", "type": "bad"}}
        ionos_emulator.script(Reply(status=400, json=refusal))
        with Client(api_key="memory", base_url=ionos_emulator.base_url) as client:
            for _ in range(2):
                assert list(client.stream_chat(USER, model=LLAMA))
        asked = ["stream_options" in request.json for request in ionos_emulator.requests]
        assert asked == [True, False, False]

    def test_answer_before_the_end_is_an_error(self, ionos_emulator: Emulator) -> None:
        with Client(api_key="any", base_url=ionos_emulator.base_url) as client:
            stream = client.stream_chat(USER, model=LLAMA)
            next(stream)
            with pytest.raises(RuntimeError, match="to its end"):
                _ = stream.answer
            stream.close()


@pytest.fixture
def clients(ionos_emulator: Emulator) -> Iterator[Clients]:
    both = Clients(api_key="any", base_url=ionos_emulator.base_url)
    yield both
    both.close()


def descriptors() -> int:
    """Count the process's open files and sockets."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def come_down_to(most: int) -> bool:
    """Wait until the server, which shares the process, has noticed what the client closed."""
    for _ in range(100):
        if descriptors() <= most:
            return True
        time.sleep(0.05)
    return False


class TestLifecycle:
    def test_breaking_out_of_a_stream_closes_its_connection(self, clients: Clients) -> None:
        clients.sync.models()
        with_one_connection = descriptors()
        for _ in clients.sync.stream_chat(USER, model=LLAMA):
            break
        assert come_down_to(with_one_connection - 2)  # its two ends

    def test_whole_streams_share_a_connection(self, clients: Clients) -> None:
        list(clients.sync.stream_chat(USER, model=LLAMA))
        with_one_connection = descriptors()
        for _ in range(5):
            list(clients.sync.stream_chat(USER, model=LLAMA))
        assert descriptors() == with_one_connection

        async def several() -> tuple[int, int]:
            counts = []
            for _ in range(5):
                async with clients.aio.stream_chat(USER, model=LLAMA) as stream:
                    assert [delta async for delta in stream]
                counts.append(descriptors())
            return counts[0], counts[-1]

        first, last = asyncio.run(several())
        assert first == last

    def test_any_number_of_event_loops(self, clients: Clients) -> None:
        async def ask() -> str | None:
            answer = await clients.aio.chat(USER, model=LLAMA)
            return answer.finish_reason

        asyncio.run(ask())
        before = descriptors()
        assert [asyncio.run(ask()) for _ in range(5)] == ["stop"] * 5
        assert come_down_to(before)

    def test_loop_ends_quietly_in_the_middle_of_a_stream(self, clients: Clients) -> None:
        complaints: list[dict[str, Any]] = []

        async def pieces() -> AsyncIterator[str]:
            async with clients.aio.stream_chat(USER, model=LLAMA) as stream:
                async for delta in stream:
                    yield delta.text

        async def read_one() -> str:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, told: complaints.append(told))
            left_open.append(pieces())
            return await anext(left_open[0])

        left_open: list[AsyncIterator[str]] = []
        assert asyncio.run(read_one())
        assert complaints == []

    def test_threads_with_a_loop_each(self, clients: Clients) -> None:
        async def ask() -> str | None:
            answers = [await clients.aio.chat(USER, model=LLAMA) for _ in range(5)]
            return answers[-1].finish_reason

        with ThreadPoolExecutor(8) as workers:
            reasons = list(workers.map(lambda _: asyncio.run(ask()), range(8)))
        assert reasons == ["stop"] * 8

    def test_threads_share_a_client(self, clients: Clients) -> None:
        with ThreadPoolExecutor(8) as workers:
            texts = {
                workers.submit(lambda: clients.sync.chat(USER, model=LLAMA).text) for _ in range(24)
            }
        assert len({text.result() for text in texts}) == 1

    def test_stream_may_be_read_in_another_thread(self, clients: Clients) -> None:
        stream = clients.sync.stream_chat(USER, model=LLAMA)
        first = next(stream)
        rest: list[Delta] = []
        reader = threading.Thread(target=lambda: rest.extend(stream))
        reader.start()
        reader.join()
        assert first.text + "".join(delta.text for delta in rest) == stream.answer.text

    @pytest.mark.parametrize(
        "copied", [copy.deepcopy, lambda clients: pickle.loads(pickle.dumps(clients))]
    )
    def test_copies_work_after_use(
        self, clients: Clients, copied: Callable[[Clients], Clients]
    ) -> None:
        clients.sync.models()
        twin = copied(clients)
        assert twin.sync.chat(USER, model=LLAMA).text
        twin.close()

    def test_cancelled_call_leaves_the_client_usable(self, clients: Clients) -> None:
        async def ask() -> str | None:
            for _ in range(20):
                task = asyncio.ensure_future(clients.aio.chat(USER, model=LLAMA))
                await asyncio.sleep(0.002)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            return (await clients.aio.chat(USER, model=LLAMA)).finish_reason

        assert asyncio.run(ask()) == "stop"

    def test_closed_clients_open_again(self, clients: Clients) -> None:
        async def twice() -> list[int]:
            first = await clients.aio.models()
            await clients.aclose()
            return [len(first), len(await clients.aio.models())]

        assert len(set(asyncio.run(twice()))) == 1
        clients.sync.models()
        clients.close()
        assert clients.sync.models()

    def test_own_httpx_client_is_used_and_left_open(self, ionos_emulator: Emulator) -> None:
        seen: list[str] = []
        hooks = {"request": [lambda request: seen.append(request.url.path)]}
        with httpx.Client(event_hooks=hooks, headers={"x-team": "harbour"}) as own:
            client = Client(api_key="any", base_url=ionos_emulator.base_url, http_client=own)
            client.models()
            client.close()
            assert not own.is_closed
        assert seen == ["/v1/models"]
        assert ionos_emulator.requests[0].headers["x-team"] == "harbour"


class TestSettings:
    def test_query_headers_and_agent_go_out(self, ionos_emulator: Emulator) -> None:
        clients = Clients(
            agent="an-adapter",
            api_key="any",
            base_url=ionos_emulator.base_url,
            default_query={"team": "harbour master"},
            default_headers={"X-Team": "harbour", "Accept": "*/*"},
        )
        seen: list[httpx.URL] = []
        own = httpx.Client(event_hooks={"request": [lambda request: seen.append(request.url)]})
        with own, Client.with_settings(clients.settings, own) as client:
            client.models()
        headers = ionos_emulator.requests[0].headers
        assert seen[0].params["team"] == "harbour master"
        assert headers["x-team"] == "harbour"
        assert headers["accept"] == "*/*"
        assert headers["user-agent"].startswith("an-adapter/")
        assert "ionos-model-hub/" in headers["user-agent"]

    def test_proxy_is_asked_instead_of_the_hub(self, caller: Caller) -> None:
        kind = type(caller)
        options = {"api_key": "any", "base_url": "http://localhost:1/v1", "max_retries": 0}
        with Emulator() as proxy:
            address = proxy.base_url.removesuffix("/v1")
            # The emulator is no proxy, yet it sees the request that is meant for another host.
            assert kind(proxy=address, **options).call("models")
            assert proxy.requests[0].headers["host"] == "localhost:1"


class TestPace:
    def test_clients_of_one_key_share_it(self, ionos_emulator: Emulator) -> None:
        options = {
            "api_key": "paced",
            "base_url": ionos_emulator.base_url,
            "requests_per_second": 50,
            "burst": 1,
        }

        async def four(client: AsyncClient) -> None:
            async with client:
                await asyncio.gather(*[client.models() for _ in range(4)])

        begun = time.monotonic()
        with Client(**options) as client:
            client.models()
            asyncio.run(four(AsyncClient(**options)))
        # Five requests at 50 a second, the first at once: a lower bound, never an upper one.
        assert time.monotonic() - begun >= 4 / 50

    def test_function_key_is_asked_for_each_request(self, ionos_emulator: Emulator) -> None:
        asked: list[int] = []

        def key() -> str:
            asked.append(1)
            return "fresh"

        async def async_key() -> str:
            asked.append(2)
            await asyncio.sleep(0)
            return "fresh"

        with Client(api_key=key, base_url=ionos_emulator.base_url) as client:
            client.models()
            client.models()

        async def ask() -> None:
            async with AsyncClient(api_key=async_key, base_url=ionos_emulator.base_url) as client:
                await client.models()

        waiting: Coroutine[Any, Any, None] = ask()
        asyncio.run(waiting)
        assert asked == [1, 1, 2]
