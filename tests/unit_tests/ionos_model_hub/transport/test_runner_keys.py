"""API keys of requests, and their removal from errors."""

import asyncio
import base64
import json
import pickle
import traceback
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from unit_tests.ionos_model_hub.transport.scripted_io import (
    Moment,
    ScriptedIO,
    ScriptedResponse,
    chat_request,
    failure,
    fetch,
    fetch_error,
    settings,
    success,
)

from ionos_model_hub.errors import AuthenticationError, ConfigurationError, ResponseError
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.transport.sync_io import run_blocking

pytestmark = pytest.mark.usefixtures("fixed_jitter")


def test_key_function_is_called_for_each_request() -> None:
    keys = (f"key-{number}" for number in count())
    io = ScriptedIO(failure(500), success(), success())
    runner = CallRunner(settings(api_key=lambda: next(keys)), io)
    for _ in range(2):
        run_blocking(runner.fetch(chat_request()))
    sent = [request.authorization() for request in io.sent]
    assert sent == ["Bearer key-0", "Bearer key-1", "Bearer key-2"]


def test_key_function_may_return_a_secret() -> None:
    io = ScriptedIO(success())
    fetch(io, api_key=lambda: SecretStr("hidden"))
    assert io.sent[0].authorization() == "Bearer hidden"


async def immediate_key() -> str:
    return "key"


def test_async_key_function_that_does_not_wait_works_in_synchronous_calls() -> None:
    io = ScriptedIO(success())
    fetch(io, api_key=immediate_key)
    assert io.sent[0].authorization() == "Bearer key"


async def yields() -> str:
    await Moment(0)
    return "key"


async def sleeps() -> str:
    await asyncio.sleep(0.01)
    return "key"


async def needs_a_loop() -> str:
    return str(asyncio.get_running_loop().time())


@pytest.mark.parametrize("key", [yields, sleeps, needs_a_loop])
def test_async_key_function_that_waits_is_an_error_in_synchronous_calls(
    key: Callable[[], Any],
) -> None:
    io = ScriptedIO()
    with pytest.raises(ConfigurationError, match="async function that waits") as caught:
        fetch(io, api_key=key)
    assert caught.value.param == "api_key"
    assert io.sent == []


async def test_async_key_function_that_waits_is_an_error_in_a_running_loop() -> None:
    with pytest.raises(ConfigurationError, match="async function that waits"):
        fetch(ScriptedIO(), api_key=sleeps)


async def fails() -> str:
    raise RuntimeError("The vault is sealed.")


def test_other_errors_of_an_async_key_function_propagate() -> None:
    with pytest.raises(RuntimeError, match="vault is sealed"):
        fetch(ScriptedIO(), api_key=fails)


@pytest.mark.parametrize("bad", ["", "two words", None, "0f8fad5b-d9cb-469f-a165-70867728950e"])
def test_invalid_key_from_a_function_is_not_sent(bad: Any) -> None:
    io = ScriptedIO()
    error = fetch_error(io, api_key=lambda: bad)
    assert (type(error), error.param, io.sent) == (ConfigurationError, "api_key", [])


def test_suspended_call_is_an_error() -> None:
    async def suspends() -> None:
        await Moment(0)

    with pytest.raises(RuntimeError, match="wait through its IO"):
        run_blocking(suspends())


CANARY = "canary/key+with=signs"
FORMS = [CANARY, quote(CANARY, safe=""), base64.b64encode(CANARY.encode()).decode()]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "echo",
    [
        lambda text: ScriptedResponse(
            401, json.dumps({"error": {"message": f"bad key {text}"}}).encode()
        ),
        lambda text: ScriptedResponse(401, f"Authorization: Bearer {text}".encode()),
        lambda text: ScriptedResponse(
            401, b"{}", www_authenticate=f"Bearer {text}", x_trace_id=text
        ),
        lambda text: ScriptedResponse(200, f"<html>{text}".encode()),
        lambda text: ScriptedResponse(
            200, json.dumps({"error": {"message": text, "code": 401, "param": text}}).encode()
        ),
    ],
)
def test_key_echoed_by_the_server_is_removed_from_errors(
    echo: Callable[[str], ScriptedResponse], form: str
) -> None:
    error = fetch_error(ScriptedIO(echo(form)), api_key=CANARY)
    assert type(error) in (AuthenticationError, ResponseError)
    shown = [str(error), repr(error), repr(error.__dict__), repr(pickle.dumps(error))]
    shown += traceback.format_exception(error)
    for text in shown:
        assert form not in text
        assert CANARY not in text


def test_local_variables_of_a_traceback_contain_no_echoed_key() -> None:
    io = ScriptedIO(ScriptedResponse(401, f"bad key {CANARY}".encode()))
    error = fetch_error(io, api_key=CANARY)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    ours = [frame for frame in frames if "unit_tests" not in frame.f_code.co_filename]
    assert ours
    assert not any(CANARY in repr(value) for frame in ours for value in frame.f_locals.values())
