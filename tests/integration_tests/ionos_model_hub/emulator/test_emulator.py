"""Scripts, recorded requests, starting and stopping, the ASGI application."""

import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import httpx
import openai
import pytest
from openai import OpenAI

from ionos_model_hub.emulator import Emulator, RecordedRequest, Reply, create_app

HEADERS = {"Authorization": "Bearer s3cret-key"}


def test_scripted_replies_are_sent_in_order(ionos_emulator: Emulator, http: httpx.Client) -> None:
    ionos_emulator.script(
        Reply(status=503, headers={"Retry-After": "2"}, json={"error": {"message": "busy"}}),
        Reply(body=b"<html>", headers={"content-type": "text/html"}, status=502),
        Reply(stream=[{"x": 1}, b": comment\n\n", b"data: {bro"], done=False),
        Reply(stream=[]),
    )
    assert http.get("models").status_code == 200
    busy = http.post("chat/completions", json={})
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "2")
    page = http.post("embeddings", json={})
    assert (page.status_code, page.content, page.headers["content-type"]) == (
        502,
        b"<html>",
        "text/html",
    )
    assert http.post("completions", json={}).content == b'data: {"x": 1}\n\n: comment\n\ndata: {bro'
    done = http.post("rerank", json={})
    assert done.content == b"data: [DONE]\n\n"
    assert done.headers["content-type"].startswith("text/event-stream")
    assert http.post("rerank", json={}).status_code == 400


def test_requests_with_a_wrong_key_use_no_scripted_reply() -> None:
    with Emulator(api_key="right", script=[Reply(json={"scripted": True})]) as emulator:
        url = f"{emulator.base_url}/anything"
        assert httpx.post(url, headers=HEADERS).status_code == 401
        response = httpx.post(url, headers={"Authorization": "Bearer right"})
        assert response.json() == {"scripted": True}


def test_requests_are_recorded_without_the_key(ionos_emulator: Emulator) -> None:
    url = f"{ionos_emulator.base_url}/embeddings"
    httpx.post(url, json={"input": "ä"}, headers={**HEADERS, "X-Mine": "1"})
    httpx.get(url)
    first, second = ionos_emulator.requests
    assert (first.method, first.path, first.json) == ("POST", "/v1/embeddings", {"input": "ä"})
    assert first.headers["x-mine"] == "1"
    assert first.headers["authorization"] == "***"
    assert (first.authorised, second.authorised, second.json) == (True, False, None)
    assert "s3cret-key" not in repr(ionos_emulator.requests)
    assert isinstance(first, RecordedRequest)
    ionos_emulator.reset()
    assert ionos_emulator.requests == []


def test_stop_closes_the_port_and_ends_the_thread() -> None:
    threads = threading.active_count()
    for _ in range(3):
        emulator = Emulator()
        with pytest.raises(RuntimeError, match="not started"):
            _ = emulator.base_url
        with emulator:
            port = httpx.URL(emulator.base_url).port
            assert httpx.get(f"{emulator.base_url}/models", headers=HEADERS).status_code == 200
        with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port)):  # noqa: PT011
            pass
    assert threading.active_count() == threads


def test_stop_without_requests_and_with_an_open_connection() -> None:
    with Emulator():
        pass
    with Emulator() as emulator, httpx.Client(headers=HEADERS) as client:
        client.get(f"{emulator.base_url}/models")
        emulator.stop()
        with pytest.raises(httpx.TransportError):
            client.get(f"http://127.0.0.1:{emulator._port}/v1/models")


def test_stop_closes_the_connection_of_a_response_that_does_not_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Emulator() as emulator:
        emulator.script(Reply(json={}, stall_after=0))
        with ThreadPoolExecutor() as executor:
            call = executor.submit(httpx.post, f"{emulator.base_url}/rerank", headers=HEADERS)
            while not emulator.requests:
                time.sleep(0.01)
            emulator.stop()
            assert isinstance(call.exception(), httpx.RemoteProtocolError | httpx.ReadError)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_port_in_use_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        emulator = Emulator(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            emulator.start()


def test_concurrent_threads(ionos_emulator: Emulator) -> None:
    with OpenAI(api_key="k", base_url=ionos_emulator.base_url, max_retries=0) as client:
        lengths: list[int] = []

        def work() -> None:
            for _ in range(5):
                response = client.embeddings.create(
                    model="BAAI/bge-m3", input="a", encoding_format="float"
                )
                lengths.append(len(response.data))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert lengths == [1] * 40
    assert len(ionos_emulator.requests) == 40


async def test_asgi_without_a_socket() -> None:
    app = create_app(today=date(2026, 9, 1))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://hub/v1", headers=HEADERS
    ) as client:
        ids = [entry["id"] for entry in (await client.get("models")).json()["data"]]
    assert "meta-llama/Meta-Llama-3.1-405B-Instruct-FP8" in ids


def test_seed_changes_response_ids() -> None:
    ids = set()
    for seed in (0, 1):
        with (
            Emulator(seed=seed) as emulator,
            OpenAI(api_key="k", base_url=emulator.base_url) as client,
        ):
            ids.add(client.completions.create(model="openai/gpt-oss-120b", prompt="a").id)
    assert len(ids) == 2


def test_retired_model_is_not_found(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.completions.create(model="meta-llama/Meta-Llama-3.1-405B-Instruct-FP8", prompt="a")
