"""Calls wait for the rate limit, and for a pause that the server asked for."""

import json
from typing import Any

import pytest
from unit_tests.ionos_model_hub.transport.scripted_io import (
    ConcurrentIO,
    ScriptedIO,
    ScriptedResponse,
    chat_request,
    failure,
    fetch,
    settings,
    success,
)

from ionos_model_hub.errors import ModelHubError, RequestTimeoutError
from ionos_model_hub.transport.credential_state import credential_state
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.transport.sync_io import run_blocking
from ionos_model_hub.wire import requests

pytestmark = pytest.mark.usefixtures("fixed_jitter")


def image_request(n: int) -> requests.Request[Any]:
    return requests.Request("/images/generations", str, {"n": n}, images=n)


def image_response(n: int) -> ScriptedResponse:
    return ScriptedResponse(200, json.dumps({"data": [{"b64_json": "aGk="}] * n}).encode())


def test_requests_keep_the_rate_limit() -> None:
    io = ScriptedIO(*[success() for _ in range(5)])
    runner = CallRunner(settings(requests_per_second=2, burst=3), io)
    for _ in range(5):
        run_blocking(runner.fetch(chat_request()))
    assert io.sent_at == pytest.approx([1000.0, 1000.0, 1000.0, 1000.5, 1001.0])


def test_retries_keep_the_rate_limit() -> None:
    io = ScriptedIO(failure(500), failure(500), success())
    fetch(io, requests_per_second=0.1, burst=1)
    assert io.sent_at == pytest.approx([1000.0, 1010.0, 1020.0])


@pytest.mark.parametrize("requests_per_second", [5, None], ids=["limited", "unlimited"])
@pytest.mark.parametrize("status", [429, 529])
@pytest.mark.parametrize(("headers", "pause"), [({"retry_after": "3"}, 3.0), ({}, 1.0)])
def test_throttled_call_pauses_other_calls_of_its_credential(
    requests_per_second: float | None, status: int, headers: dict[str, str], pause: float
) -> None:
    shared = settings(requests_per_second=requests_per_second, max_retries=0)
    other = ScriptedIO(success(), success())
    throttled = CallRunner(shared, ScriptedIO(failure(status, **headers)))
    with pytest.raises(ModelHubError):
        run_blocking(throttled.fetch(chat_request()))
    for _ in range(2):
        run_blocking(CallRunner(shared, other).fetch(chat_request()))
    assert other.slept[0] == pytest.approx(pause)
    assert min(other.sent_at) == pytest.approx(1000.0 + pause)


def test_unlimited_calls_continue_together_after_a_pause() -> None:
    io = ConcurrentIO(*[success() for _ in range(20)])
    options = settings(requests_per_second=None)
    runner = CallRunner(options, io)
    credential_state(options).rate_limiter.pause(io.time, 7.0)
    io.run_all([runner.fetch(chat_request()) for _ in range(20)])
    assert io.sent_at == pytest.approx([1007.0] * 20)


@pytest.mark.parametrize("requests_per_second", [5, None])
def test_other_credentials_are_not_paused(requests_per_second: float | None) -> None:
    options = settings(requests_per_second=requests_per_second, max_retries=0)
    throttled = CallRunner(options, ScriptedIO(failure(429)))
    with pytest.raises(ModelHubError):
        run_blocking(throttled.fetch(chat_request()))
    io = ScriptedIO(success())
    fetch(io, requests_per_second=requests_per_second)
    assert io.slept == []


def test_other_failures_do_not_pause() -> None:
    shared = settings(max_retries=0)
    with pytest.raises(ModelHubError):
        run_blocking(
            CallRunner(shared, ScriptedIO(failure(503, retry_after="3"))).fetch(chat_request())
        )
    io = ScriptedIO(success())
    run_blocking(CallRunner(shared, io).fetch(chat_request()))
    assert io.slept == []


@pytest.mark.parametrize("deadline", [5, 10])
def test_rate_limit_that_exceeds_the_deadline_is_an_error_without_waiting(
    deadline: float,
) -> None:
    io = ScriptedIO(success(), success())
    runner = CallRunner(settings(requests_per_second=0.1, burst=1, deadline=deadline), io)
    run_blocking(runner.fetch(chat_request()))
    with pytest.raises(RequestTimeoutError, match="rate limit would delay") as caught:
        run_blocking(runner.fetch(chat_request()))
    assert "`deadline`" in str(caught.value.hint)
    assert (len(io.sent), io.slept, caught.value.attempts) == (1, [], 0)
    io.time += 10
    run_blocking(runner.fetch(chat_request()))
    assert io.slept == []


def test_pause_that_exceeds_the_deadline_is_an_error_without_a_rate_limit() -> None:
    shared = settings(requests_per_second=None, max_retries=0, deadline=2)
    with pytest.raises(ModelHubError):
        run_blocking(
            CallRunner(shared, ScriptedIO(failure(429, retry_after="3"))).fetch(chat_request())
        )
    io = ScriptedIO()
    with pytest.raises(RequestTimeoutError, match="rate limit would delay"):
        run_blocking(CallRunner(shared, io).fetch(chat_request()))
    assert io.slept == []


def test_interrupted_wait_refunds_its_token() -> None:
    class InterruptedIO(ScriptedIO):
        interrupts = True

        async def sleep(self, seconds: float) -> None:
            if self.interrupts:
                raise KeyboardInterrupt
            await super().sleep(seconds)

    io = InterruptedIO(success(), success())
    runner = CallRunner(settings(requests_per_second=0.1, burst=1), io)
    run_blocking(runner.fetch(chat_request()))
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            run_blocking(runner.fetch(chat_request()))
    io.interrupts = False
    run_blocking(runner.fetch(chat_request()))
    assert io.slept == pytest.approx([10.0])


def test_images_have_a_rate_limit_of_their_own() -> None:
    io = ScriptedIO(image_response(12), image_response(12), success())
    runner = CallRunner(settings(requests_per_second=100, images_per_minute=10), io)
    run_blocking(runner.fetch(image_request(12)))
    run_blocking(runner.fetch(image_request(12)))
    run_blocking(runner.fetch(chat_request()))
    assert io.sent_at == pytest.approx([1000.0, 1024.0, 1024.0])


def test_images_that_wait_for_the_end_of_a_pause_are_counted_once() -> None:
    shared = settings(requests_per_second=1, burst=1, images_per_minute=10)
    runner = CallRunner(shared, ScriptedIO(image_response(10)))
    limiter = credential_state(shared).rate_limiter

    class PausedIO(ScriptedIO):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if len(self.slept) == 1:
                limiter.pause(self.time, 5.0)

    io = PausedIO(image_response(10), image_response(10))
    run_blocking(runner.fetch(image_request(10)))
    waiting = CallRunner(shared, io)
    run_blocking(waiting.fetch(image_request(10)))
    run_blocking(waiting.fetch(image_request(10)))
    assert io.sent_at == pytest.approx([1006.0, 1060.0])


def test_concurrent_calls_keep_the_rate_limit_through_a_pause() -> None:
    io = ConcurrentIO(failure(429, retry_after="5"), *[success() for _ in range(60)])
    runner = CallRunner(settings(requests_per_second=5, burst=10), io)
    io.run_all([runner.fetch(chat_request()) for _ in range(60)])
    paused_at, resumed_at = 1000.1, 1005.1
    assert len(io.sent) == 61
    assert len([at for at in io.sent_at if at <= paused_at + 1e-6]) == 10
    after = [at for at in io.sent_at if at > paused_at + 1e-6]
    assert resumed_at - 1e-6 <= min(after) <= resumed_at + 0.2
    for start in range(len(after)):
        for end in range(start, len(after)):
            seconds = after[end] - after[start]
            assert end - start + 1 <= 1 + 5 * seconds + 1e-6


def test_calls_delayed_by_a_busy_process_are_spaced_out() -> None:
    busy = {1001.0: 3.0, 1004.3: 2.0}
    io = ConcurrentIO(*[success() for _ in range(40)], busy=busy)
    runner = CallRunner(settings(requests_per_second=5, burst=1), io)
    io.run_all([runner.fetch(chat_request()) for _ in range(40)])
    assert len(io.sent) == 40
    assert not busy
    for start, first in enumerate(io.sent_at):
        for sent, last in enumerate(io.sent_at[start:], start=1):
            # A call may be late by less than one interval, and so be close to the next one.
            assert sent <= 1 + 5 * (last - first) + 1 + 1e-6
    assert io.sent_at[-1] <= 1000.0 + 39 * 0.2 + 3.0 + 2.0 + 0.4
