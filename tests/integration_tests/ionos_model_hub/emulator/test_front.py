"""Standalone use: health check, cross-origin requests, reported rate limits and latency."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from ionos_model_hub import AsyncClient, Client, RateLimitError
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.emulator import latency as latencies

QUESTION = [{"role": "user", "content": "Hallo"}]
ORIGIN = "http://localhost:5173"


def url_of(emulator: Emulator, path: str) -> str:
    return emulator.base_url.removesuffix("/v1") + path


def test_health_check_needs_no_key(ionos_emulator: Emulator) -> None:
    response = httpx.get(url_of(ionos_emulator, "/healthz"))
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert ionos_emulator.requests == []


def test_preflight_requests_need_no_key(ionos_emulator: Emulator) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
    }
    response = httpx.options(f"{ionos_emulator.base_url}/chat/completions", headers=headers)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    allowed = response.headers["access-control-allow-headers"]
    assert "authorization" in allowed
    assert "x-stainless-lang" in allowed
    assert ionos_emulator.requests == []


def test_responses_are_readable_by_other_origins(ionos_emulator: Emulator) -> None:
    url = f"{ionos_emulator.base_url}/models"
    for key, status in [("any", 200), ("12345678-1234-1234-1234-123456789abc", 401)]:
        headers = {"Origin": ORIGIN, "Authorization": f"Bearer {key}"}
        response = httpx.get(url, headers=headers)
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] == "*"
        assert "x-trace-id" in response.headers["access-control-expose-headers"]


def test_control_api_is_closed_to_other_origins(ionos_emulator: Emulator) -> None:
    for path in ("/", "/_emulator/requests"):
        response = httpx.get(url_of(ionos_emulator, path), headers={"Origin": ORIGIN})
        assert "access-control-allow-origin" not in response.headers


@pytest.fixture
def limited() -> Iterator[Emulator]:
    with Emulator(requests_per_second=20, burst=10) as emulator:
        yield emulator


async def test_concurrent_calls_follow_the_reported_limit(limited: Emulator) -> None:
    async with AsyncClient(api_key="any", base_url=limited.base_url) as client:
        calls = (client.chat(QUESTION) for _ in range(40))
        assert len(await asyncio.gather(*calls)) == 40
    statuses = [request.response.status for request in limited.requests]
    assert statuses.count(200) == 40
    assert limited.requests[0].response.headers["x-ratelimit-limit"] == "20"


@pytest.mark.parametrize(
    ("limit", "hint"), [(None, "Set requests_per_second"), (1000, "Lower requests_per_second")]
)
def test_hint_of_a_429_names_the_setting_if_it_is_set(
    ionos_emulator: Emulator, limit: float | None, hint: str
) -> None:
    ionos_emulator.script(Reply(error="rate_limited"))
    url = ionos_emulator.base_url
    with (
        Client(api_key="any", base_url=url, requests_per_second=limit, max_retries=0) as client,
        pytest.raises(RateLimitError, match=hint),
    ):
        client.chat(QUESTION)


@pytest.mark.parametrize("stream", [False, True])
def test_latency_profile(monkeypatch: pytest.MonkeyPatch, stream: bool) -> None:
    fast = latencies.Latency(0.05, 0.001)
    monkeypatch.setitem(latencies._PROFILES, "hub", fast)
    body = {"model": "openai/gpt-oss-120b", "messages": QUESTION, "stream": stream}
    with Emulator(latency="hub") as emulator:
        url = f"{emulator.base_url}/chat/completions"
        assert (
            httpx.post(url, json=body, headers={"Authorization": "Bearer any"}).status_code == 200
        )
        response = emulator.requests[0].response
    assert response.seconds_to_head is not None
    assert response.seconds_to_head >= fast.first
    assert response.seconds is not None
    assert response.seconds > fast.first + fast.per_token * 10
